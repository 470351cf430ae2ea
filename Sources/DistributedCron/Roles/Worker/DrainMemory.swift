/// What a process remembers from one of its workers to the next: whether somebody has asked that it have no slots.
///
/// A worker whose session is lost is followed by another, with an identity of its own, of which nobody has asked anything.
/// Make one for a process, and give it to all of its workers (``WorkerConfiguration/drainMemory``).
public final class DrainMemory: Sendable {
    private let state = Lock(false)

    /// Begins with a process of which nothing was asked.
    public init() {}

    /// Whether the newest worker was asked to have no slots when it was heard of last.
    package var isAsked: Bool {
        get { self.state.withLock { $0 } }
        set { self.state.withLock { $0 = newValue } }
    }
}
