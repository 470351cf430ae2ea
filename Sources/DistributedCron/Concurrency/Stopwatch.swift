/// Time that has passed on a clock since the stopwatch was made.
///
/// An `any Clock<Duration>` has no instant that can be kept; a duration since a fixed moment can.
package struct Stopwatch: Sendable {
    private let read: @Sendable () -> Duration

    /// Starts at zero.
    package init(_ clock: any Clock<Duration>) {
        self.read = Self.reader(clock)
    }

    /// How long ago the stopwatch was made.
    package var elapsed: Duration { self.read() }

    private static func reader<C: Clock<Duration>>(_ clock: C) -> @Sendable () -> Duration {
        let origin = clock.now
        return { origin.duration(to: clock.now) }
    }
}
