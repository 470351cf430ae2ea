#if HTTP
import Crypto
import DistributedCron
import HTTPTypes
import Hummingbird
import NIOCore

/// The body of a request that describes a job, read piece by piece.
///
/// A file in it, which may be long, goes into the store as it comes; only what is short stays in memory.
actor JobBody {
    /// How much is taken.
    struct Limits: Sendable {
        /// The most bytes of the whole body.
        var bodyBytes: Int
        /// The most bytes of all but the executable.
        var restBytes = 1_024 * 1_024
        /// The most bytes of an executable that may be a command.
        var commandBytes: Int
        /// The most bytes of a file.
        var artifactBytes: Int
    }

    /// What a body contains.
    struct Contents: Sendable {
        /// The JSON, in which the executable is empty if it was a string.
        let json: JSONValue
        /// The executable, if it was a string.
        let executable: PostedExecutable?
        /// The SHA-256 of the body.
        let fingerprint: [UInt8]
    }

    /// The file in a body, decoded; it ends where the executable ends.
    struct File: AsyncSequence, Sendable {
        struct AsyncIterator: AsyncIteratorProtocol {
            let body: JobBody

            mutating func next() async throws -> [UInt8]? { try await self.body.nextOfFile() }
        }

        let body: JobBody

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self.body) }
    }

    private let limits: Limits
    private var iterator: RequestBody.AsyncIterator
    private var splitter = JSONMemberSplitter(name: "executable")
    private var decoder = Base64Decoder()
    private var hash = SHA256()
    private var bodyBytes = 0
    /// The executable as it was sent, as long as it may be a command.
    private var text: [UInt8] = []
    private var textBytes = 0
    private var isLong = false
    /// What was decoded of a long executable, and not taken yet.
    private var file: [UInt8] = []
    private var fileBytes = 0
    private var malformed: Base64.Malformed?

    /// Reads the body of a request.
    ///
    /// - Parameters:
    ///   - request: The request; it must be declared as JSON.
    ///   - limits: How much is taken.
    /// - Throws: A problem if more is declared.
    init(_ request: Request, limits: Limits) throws(Problem) {
        let declared = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        guard declared <= limits.bodyBytes else { throw Problem.tooLarge(limits.bodyBytes) }
        self.limits = limits
        self.iterator = request.body.makeAsyncIterator()
    }

    /// Reads all of it.
    ///
    /// - Parameter store: Called with a file that is too long to be a command.
    /// - Returns: What the body contains.
    /// - Throws: A problem, or what `store` throws.
    func read(storingWith store: @Sendable (File) async throws -> Artifact) async throws -> Contents {
        while !self.isLong, try await self.readPiece() {}
        var artifact: Artifact?
        if self.isLong {
            do {
                artifact = try await store(File(body: self))
            } catch let error as Base64.Malformed {
                self.malformed = error
            }
        }
        while try await self.readPiece() {}
        guard self.bodyBytes > 0 else { throw Problem(.invalidJSON, "the body is empty; it must be a JSON object") }
        do throws(JSONSyntaxError) {
            return Contents(
                json: try self.splitter.parse(),
                executable: self.executable(storedAs: artifact),
                fingerprint: Array(self.hash.finalize())
            )
        } catch {
            throw Problem(.invalidJSON, error.description)
        }
    }

    private func executable(storedAs artifact: Artifact?) -> PostedExecutable? {
        guard self.splitter.isFound else { return nil }
        if let malformed = self.malformed { return .malformed(malformed, textBytes: self.textBytes) }
        if let artifact { return .file(artifact, textBytes: self.textBytes) }
        return .text(String(decoding: self.text, as: UTF8.self))
    }

    /// The next bytes of a file, or nil at its end.
    private func nextOfFile() async throws -> [UInt8]? {
        while true {
            if let malformed = self.malformed { throw malformed }
            guard self.file.isEmpty else { break }
            // A text that is cut off ends here too; the parser says where.
            guard self.splitter.isInside, try await self.readPiece() else { return nil }
        }
        defer { self.file.removeAll(keepingCapacity: true) }
        return self.file
    }

    /// Reads the next piece of the body.
    ///
    /// - Returns: Whether there was one.
    private func readPiece() async throws -> Bool {
        let piece: ByteBuffer?
        do {
            var iterator = self.iterator
            piece = try await iterator.next(isolation: self)
            self.iterator = iterator
        } catch {
            throw Problem.incompleteBody(error)
        }
        guard let piece else { return false }
        self.bodyBytes += piece.readableBytes
        guard self.bodyBytes <= self.limits.bodyBytes else { throw Problem.tooLarge(self.limits.bodyBytes) }
        self.hash.update(data: piece.readableBytesView)
        try self.take(Array(buffer: piece)[...])
        return true
    }

    private func take(_ piece: ArraySlice<UInt8>) throws(Problem) {
        let wasInside = self.splitter.isInside
        var text: [UInt8] = []
        do {
            try self.splitter.split(piece, into: &text)
        } catch {
            throw Problem(.invalidJSON, error.description)
        }
        guard self.splitter.rest.count <= self.limits.restBytes else {
            throw Problem(.bodyTooLarge, "beside the executable, at most \(self.limits.restBytes) bytes are allowed")
        }
        self.textBytes += text.count
        if self.isLong {
            try self.decode(text)
        } else {
            self.text += text
            if self.text.count > self.limits.commandBytes {
                self.isLong = true
                try self.decode(self.text)
                self.text = []
            }
        }
        if self.isLong, wasInside || !text.isEmpty, !self.splitter.isInside { try self.finishDecoding() }
    }

    private func decode(_ text: [UInt8]) throws(Problem) {
        guard self.malformed == nil else { return }
        let count = self.file.count
        do {
            try self.decoder.decode(text[...], into: &self.file)
        } catch {
            self.malformed = error
        }
        try self.count(self.file.count - count)
    }

    private func finishDecoding() throws(Problem) {
        guard self.malformed == nil else { return }
        let count = self.file.count
        do {
            try self.decoder.finish(into: &self.file)
        } catch {
            self.malformed = error
        }
        try self.count(self.file.count - count)
    }

    private func count(_ bytes: Int) throws(Problem) {
        self.fileBytes += bytes
        guard self.fileBytes <= self.limits.artifactBytes else {
            throw Problem(.bodyTooLarge, "the file has more than \(self.limits.artifactBytes) bytes, which are allowed")
        }
    }
}
#endif
