/// Takes what one attempt writes: keeps the end of it, and shows it to whoever follows.
///
/// The caller of an ``AttemptExecutor`` makes one for each attempt. Nothing that is done with it waits for a reader.
public final class AttemptOutput: Sendable {
    /// How many bytes are kept for followers while there are any, all of them together.
    static let liveBytes = 256 * 1_024

    private struct State: Sendable {
        var window = OutputWindow()
        var followers: [Int: Bell] = [:]
        var followersMade = 0
        var isFinished = false
    }
    /// How much of the end is kept.
    public let maximumTailBytes: Int
    private let state = Lock(State())

    /// Creates an empty output.
    ///
    /// - Parameter maximumTailBytes: How much of the end is kept; 64 KiB by default.
    public init(maximumTailBytes: Int = 64 * 1_024) {
        self.maximumTailBytes = maximumTailBytes
    }

    /// Adds bytes in the order of the calls; what comes after ``finish()`` is dropped.
    public func append(_ bytes: some Collection<UInt8>, from stream: OutputTail.Stream) {
        let bells = self.state.withLock { state -> [Bell] in
            guard !state.isFinished else { return [] }
            let limit = state.followers.isEmpty ? self.maximumTailBytes : max(self.maximumTailBytes, Self.liveBytes)
            state.window.append(bytes, from: stream, keeping: limit)
            return Array(state.followers.values)
        }
        for bell in bells { bell.ring() }
    }

    /// Counts bytes that were written and that nobody can show, with all before them.
    func skip(_ count: Int) {
        self.state.withLock { if !$0.isFinished { $0.window.skip(count) } }
    }

    /// How many bytes were written.
    public var count: Int { self.state.withLock { $0.window.end } }

    /// The end of what was written so far.
    public var tail: OutputTail { self.state.withLock { $0.window.tail(maximumBytes: self.maximumTailBytes) } }

    /// Lets the output end: followers see what they have not seen yet, and then the end.
    ///
    /// - Returns: The end of what was written.
    @discardableResult
    public func finish() -> OutputTail {
        let (tail, bells) = self.state.withLock { state in
            state.isFinished = true
            return (state.window.tail(maximumBytes: self.maximumTailBytes), Array(state.followers.values))
        }
        for bell in bells { bell.ring() }
        return tail
    }

    /// Follows the output.
    ///
    /// - Parameter offset: Where to begin, counted in bytes of both streams together in the order in which they were
    ///   read. Past the end of what was written, it begins with what is written next.
    /// - Returns: What is written, and finally ``OutputEvent/end``. A reader that is more than 256 KiB behind misses
    ///   bytes. The stream is for one task, whose cancellation ends it.
    public func follow(from offset: Int = 0) -> AsyncStream<OutputEvent> {
        let follower = OutputFollower(of: self, from: offset)
        return AsyncStream { await follower.next() }
    }
}

// For followers.
extension AttemptOutput {
    /// What a follower finds at its position.
    enum Finding {
        case event(OutputEvent, next: Int)
        case nothingYet
        case end
    }

    /// How many follow.
    var followerCount: Int { self.state.withLock { $0.followers.count } }

    /// Rings a bell at every change until `removeFollower`.
    func addFollower(_ bell: Bell) -> Int {
        self.state.withLock { state in
            state.followersMade += 1
            state.followers[state.followersMade] = bell
            return state.followersMade
        }
    }

    func removeFollower(_ number: Int) {
        self.state.withLock { _ = $0.followers.removeValue(forKey: number) }
    }

    func find(at offset: Int) -> Finding {
        self.state.withLock { state in
            let window = state.window
            if offset < window.start { return .event(.gap(droppedBytes: window.start - offset), next: window.start) }
            guard let chunk = window.chunk(from: offset) else { return state.isFinished ? .end : .nothingYet }
            return .event(.bytes(offset: offset, chunk.stream, chunk.bytes), next: chunk.end)
        }
    }
}
