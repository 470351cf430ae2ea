import DequeModule

/// The last bytes of an output, with the offset of each in all that was written.
struct OutputWindow: Sendable {
    /// Bytes of one stream, and the offset of the first.
    struct Chunk: Sendable {
        let offset: Int
        let stream: OutputTail.Stream
        var bytes: [UInt8]

        var end: Int { self.offset + self.bytes.count }
    }

    /// The size from which bytes of the same stream begin a new chunk, so that dropping one drops little.
    private static let chunkSize = 8 * 1_024

    private var chunks: Deque<Chunk> = []

    /// How many bytes were written.
    private(set) var end = 0

    /// The offset of the first byte that is kept.
    var start: Int { self.chunks.first?.offset ?? self.end }

    /// Adds bytes at the end, and drops the oldest chunks as long as the last `limit` bytes are kept.
    mutating func append(_ bytes: some Collection<UInt8>, from stream: OutputTail.Stream, keeping limit: Int) {
        var rest = bytes.suffix(limit)
        // Of more than is kept, what is dropped at once need not be copied.
        self.end += bytes.count - rest.count
        while !rest.isEmpty {
            if !self.hasRoom(for: stream) {
                self.chunks.append(Chunk(offset: self.end, stream: stream, bytes: []))
            }
            let last = self.chunks.count - 1
            let piece = rest.prefix(Self.chunkSize - self.chunks[last].bytes.count)
            self.chunks[last].bytes.append(contentsOf: piece)
            self.end += piece.count
            rest = rest.dropFirst(piece.count)
        }
        while let first = self.chunks.first, self.end - first.end >= limit { self.chunks.removeFirst() }
    }

    /// Counts bytes that are not kept, and keeps none before them.
    mutating func skip(_ count: Int) {
        self.chunks = []
        self.end += count
    }

    private func hasRoom(for stream: OutputTail.Stream) -> Bool {
        guard let last = self.chunks.last else { return false }
        return last.stream == stream && last.end == self.end && last.bytes.count < Self.chunkSize
    }

    /// What was written from an offset on, as far as one chunk goes; nil if that is not kept or not written yet.
    func chunk(from offset: Int) -> Chunk? {
        guard offset >= self.start, offset < self.end else { return nil }
        var (low, high) = (0, self.chunks.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if self.chunks[middle].end <= offset { low = middle + 1 } else { high = middle }
        }
        let chunk = self.chunks[low]
        return Chunk(offset: offset, stream: chunk.stream, bytes: Array(chunk.bytes.dropFirst(offset - chunk.offset)))
    }

    /// The last bytes.
    func tail(maximumBytes: Int) -> OutputTail {
        var tail = OutputTail(maximumBytes: maximumBytes, droppedBytes: self.start)
        for chunk in self.chunks { tail.append(chunk.bytes, from: chunk.stream) }
        return tail
    }
}
