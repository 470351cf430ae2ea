/// Waits between tries that grow from a tenth of a second to five seconds.
package struct Backoff: Sendable {
    private let clock: any Clock<Duration>
    private var pause = Duration.milliseconds(100)

    package init(_ clock: any Clock<Duration>) {
        self.clock = clock
    }

    /// How long to wait now; the next time it is twice as long.
    package mutating func next() -> Duration {
        defer { self.pause = min(self.pause * 2, .seconds(5)) }
        return self.pause
    }

    /// Waits, and the next time twice as long.
    ///
    /// - Throws: `CancellationError`.
    package mutating func wait() async throws {
        let pause = self.next()
        try await self.clock.sleep(for: pause)
    }
}
