/// What a follower of an output sees.
public enum OutputEvent: Sendable, Hashable {
    /// Bytes of one stream, and the offset of the first in all that the attempt wrote.
    case bytes(offset: Int, OutputTail.Stream, [UInt8])
    /// Bytes that the follower has missed, because it was slow or came late.
    case gap(droppedBytes: Int)
    /// The attempt wrote no more.
    case end
}

/// One reader's position in an output.
///
/// Holds no bytes of its own: it reads what the output keeps, and what that does not keep any more is its gap.
final class OutputFollower: Sendable {
    private let output: AttemptOutput
    private let bell = Bell()
    private let number: Int
    private let position: Lock<Int?>

    init(of output: AttemptOutput, from offset: Int) {
        self.output = output
        self.number = output.addFollower(self.bell)
        self.position = Lock(min(max(0, offset), output.count))
    }

    deinit { self.output.removeFollower(self.number) }

    /// Waits for the next event; nil after the end, or if the task is cancelled.
    func next() async -> OutputEvent? {
        while !Task.isCancelled {
            guard let position = self.position.withLock({ $0 }) else { return nil }
            switch self.output.find(at: position) {
            case .event(let event, let next):
                self.position.withLock { $0 = next }
                return event
            case .end:
                self.position.withLock { $0 = nil }
                return .end
            case .nothingYet: await self.bell.wait()
            }
        }
        return nil
    }
}
