/// Waits between tries that grow from a tenth of a second to five seconds.
package struct Backoff: Sendable {
    private let clock: any Clock<Duration>
    private var pause = Duration.milliseconds(100)

    package init(_ clock: any Clock<Duration>) {
        self.clock = clock
    }

    /// Waits, and the next time twice as long.
    ///
    /// - Throws: `CancellationError`.
    package mutating func wait() async throws {
        try await self.clock.sleep(for: self.pause)
        self.pause = min(self.pause * 2, .seconds(5))
    }
}
