import DistributedCronProcess
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The bytes of an upload, made piece by piece while they are sent.
struct UploadPieces: AsyncSequence, Sendable {
    /// Each piece becomes a whole number of groups of BASE64, so that they can be joined.
    static let pieceBytes = 3 * 64 * 1_024

    let upload: Upload

    /// Makes the pieces.
    struct AsyncIterator: AsyncIteratorProtocol {
        private enum Stage {
            case head
            case file
            case end
        }

        private let upload: Upload
        private let reader: FileReader
        private var stage = Stage.head
        private var sent = 0

        init(_ upload: Upload) {
            self.upload = upload
            self.reader = FileReader(upload.path)
        }

        mutating func next() async throws -> ByteBuffer? {
            switch self.stage {
            case .head:
                self.stage = .file
                self.upload.progress?.begin()
                return ByteBuffer(bytes: self.upload.head)
            case .file: return try await self.nextOfFile()
            case .end: return nil
            }
        }

        private mutating func nextOfFile() async throws -> ByteBuffer {
            let bytes = try await self.reader.next(UploadPieces.pieceBytes)
            let isLast = bytes.count < UploadPieces.pieceBytes
            self.sent += bytes.count
            self.upload.progress?.show(sent: self.sent)
            // The server was told how long the document is.
            if let size = self.upload.size, self.sent > size || isLast && self.sent < size {
                throw self.upload.hasChanged
            }
            var piece = ByteBuffer(string: Data(bytes).base64EncodedString())
            if isLast {
                self.stage = .end
                piece.writeBytes(Upload.tail)
            }
            return piece
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self.upload) }
}

extension Upload {
    /// Why an upload that is under way cannot go on.
    fileprivate var hasChanged: Failure {
        Failure(.noInput, "\(Table.printable(self.path)) has changed while it was read", help: "try again")
    }
}
