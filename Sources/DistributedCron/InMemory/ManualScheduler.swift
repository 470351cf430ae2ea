import ServiceLifecycle

/// A scheduler that wakes when it is told to, for tests.
public final class ManualScheduler: Scheduler {
    private let armed = Lock<Set<Schedule>>([])
    private let bell = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Creates a scheduler with nothing armed.
    public init() {}

    /// Replaces what is armed.
    public func arm(_ schedules: Set<Schedule>) async throws { self.armed.withLock { $0 = schedules } }

    /// What is armed.
    public var schedules: Set<Schedule> { self.armed.withLock { $0 } }

    /// The wake-ups.
    public var wakeups: AsyncStream<Void> { self.bell.stream }

    /// Wakes whoever listens, now or when it next does.
    public func wake() { self.bell.continuation.yield() }

    /// Waits to be cancelled or gracefully shut down.
    public func run() async throws {
        if await !waitForGracefulShutdown() { throw CancellationError() }
    }
}
