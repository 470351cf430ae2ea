/// The node's alarm clock: it wakes the worker at the minutes at which some schedule may be due.
///
/// Never an authority: it may wake too often or late, and the worker looks at its slots every so often whatever it
/// does. Which instants are due is the worker's own arithmetic.
public protocol Scheduler: Sendable {
    /// Replaces what is armed.
    ///
    /// Arming what is armed already changes nothing, and what is not wanted any more is removed.
    ///
    /// - Parameter schedules: Every schedule to wake for.
    /// - Throws: What keeps the scheduler from doing so; what was armed before may then be armed still.
    func arm(_ schedules: Set<Schedule>) async throws

    /// One element for each time, or group of times, at which something may be due; for one consumer.
    var wakeups: AsyncStream<Void> { get }

    /// Works until cancelled or gracefully shut down. Nothing wakes before it runs.
    func run() async throws
}
