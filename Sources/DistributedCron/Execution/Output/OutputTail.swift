/// The last bytes that an attempt wrote to its two streams, in the order in which they were read.
///
/// Appending drops the oldest bytes above the limit and counts them, so a job that never stops talking costs no more
/// memory than one that says little.
public struct OutputTail: Sendable, Hashable {
    /// Where bytes came from.
    public enum Stream: String, Sendable, Hashable, CaseIterable {
        /// Standard output.
        case stdout
        /// Standard error.
        case stderr
    }

    /// Bytes that were read from one stream without any of the other between them.
    public struct Chunk: Sendable, Hashable {
        /// Where the bytes came from.
        public var stream: Stream
        /// The bytes, not necessarily whole characters.
        public var bytes: [UInt8]

        /// Joins bytes with their origin.
        public init(stream: Stream, bytes: [UInt8]) {
            self.stream = stream
            self.bytes = bytes
        }
    }

    /// The most bytes that are kept.
    public let maximumBytes: Int
    /// What is kept, oldest first; neighbours differ in their stream.
    public private(set) var chunks: [Chunk] = []
    /// How many bytes were dropped because they were the oldest.
    public private(set) var droppedBytes = 0
    /// How many bytes are kept.
    public private(set) var count = 0

    /// Creates an empty tail.
    ///
    /// - Parameter maximumBytes: The most bytes to keep; 64 KiB by default.
    public init(maximumBytes: Int = 64 * 1_024) {
        self.maximumBytes = maximumBytes
    }

    /// Creates an empty tail that goes on after bytes that are not kept any more.
    package init(maximumBytes: Int, droppedBytes: Int) {
        self.maximumBytes = maximumBytes
        self.droppedBytes = droppedBytes
    }

    /// Adds bytes at the end and drops the oldest above the limit.
    public mutating func append(_ bytes: some Collection<UInt8>, from stream: Stream) {
        guard !bytes.isEmpty else { return }
        if let last = self.chunks.indices.last, self.chunks[last].stream == stream {
            self.chunks[last].bytes.append(contentsOf: bytes)
        } else {
            self.chunks.append(Chunk(stream: stream, bytes: Array(bytes)))
        }
        self.count += bytes.count
        self.trim()
    }

    /// Drops all that is kept.
    mutating func forget() {
        self.droppedBytes += self.count
        self.count = 0
        self.chunks = []
    }

    /// The kept bytes of one stream, or of both in the order in which they were read.
    public func bytes(of stream: Stream? = nil) -> [UInt8] {
        self.chunks.filter { stream == nil || $0.stream == stream }.flatMap(\.bytes)
    }

    private mutating func trim() {
        var excess = self.count - self.maximumBytes
        guard excess > 0 else { return }
        self.droppedBytes += excess
        self.count -= excess
        var emptied = 0
        while excess > 0 {
            let size = self.chunks[emptied].bytes.count
            if size > excess {
                self.chunks[emptied].bytes.removeFirst(excess)
                break
            }
            excess -= size
            emptied += 1
        }
        self.chunks.removeFirst(emptied)
    }
}
