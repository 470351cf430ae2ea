#if HTTP
import Hummingbird
import NIOCore

/// The body of a request as a file that is stored while it comes in.
struct UploadBody: AsyncSequence, Sendable {
    struct AsyncIterator: AsyncIteratorProtocol {
        private var body: RequestBody.AsyncIterator
        private let limit: Int
        private let declared: Int?
        private var count = 0

        fileprivate init(_ body: RequestBody, limit: Int, declared: Int?) {
            self.body = body.makeAsyncIterator()
            self.limit = limit
            self.declared = declared
        }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
            let piece: ByteBuffer?
            do {
                piece = try await self.body.next(isolation: actor)
            } catch {
                throw Problem.incompleteBody(error)
            }
            guard let piece else {
                guard self.declared == nil || self.declared == self.count else {
                    throw Problem(.malformedRequest, "the body ended after \(self.count) bytes")
                }
                return nil
            }
            self.count += piece.readableBytes
            guard self.count <= self.limit else { throw Problem.fileTooLarge(self.limit) }
            return Array(buffer: piece)
        }
    }

    private let body: RequestBody
    private let limit: Int
    private let declared: Int?

    /// Takes the body of a request.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - limit: The most bytes of a file.
    /// - Throws: A problem if more is declared.
    init(_ request: Request, limit: Int) throws(Problem) {
        self.body = request.body
        self.limit = limit
        self.declared = request.headers[.contentLength].flatMap { Int($0) }
        if let declared = self.declared, declared > limit { throw Problem.fileTooLarge(limit) }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(self.body, limit: self.limit, declared: self.declared)
    }
}
#endif
