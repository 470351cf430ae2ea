import Glibc

extension ExecutionFiles.Place {
    /// Makes the file that spools the attempt's output.
    func makeOutputFile() throws(SystemError) -> Descriptor {
        let number = open("\(self.path).output", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw SystemError(doing: "make a file for output") }
        return Descriptor(owning: number)
    }
}

extension ExecutionFiles {
    private static let pieceSize = 256 * 1_024

    /// Stores what was spooled of an attempt's output.
    func store(_ content: OutputSpool.Content, of place: Place) async throws -> Artifact {
        let file = try Descriptor.open(place.outputName, in: self.directory().instance.directory, O_RDONLY)
        let reader = SpoolReader(file, content)
        return try await self.artifacts.store(AsyncThrowingStream { try await self.next(of: reader) })
    }

    private func next(of reader: SpoolReader) throws -> [UInt8]? { try reader.next(upTo: Self.pieceSize) }
}

/// Spooled output on its way into a store.
private final class SpoolReader: Sendable {
    private let file: Descriptor
    private let state: Lock<(rest: Int, remark: String?)>

    init(_ file: consuming Descriptor, _ content: OutputSpool.Content) {
        self.file = file
        self.state = Lock((content.size, content.remark))
    }

    /// The next bytes; nil at the end.
    func next(upTo size: Int) throws -> [UInt8]? {
        let rest = self.state.withLock { $0.rest }
        var piece = [UInt8](repeating: 0, count: min(size, rest))
        let count = try piece.withUnsafeMutableBytes { try self.file.read(into: $0) }
        return self.state.withLock { state in
            guard count > 0 else {
                defer { state.remark = nil }
                return state.remark.map { Array($0.utf8) }
            }
            state.rest -= count
            return Array(piece.prefix(count))
        }
    }
}
