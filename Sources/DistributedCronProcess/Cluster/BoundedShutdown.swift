package import ServiceLifecycle

/// A service whose graceful shutdown takes only so long; then it is cancelled, which is no failure.
///
/// For what would otherwise wait for somebody else: a client that never finishes its request, a database that is away.
package struct BoundedShutdown: Service {
    private let service: any Service
    private let limit: Duration
    private let clock: any Clock<Duration>

    /// Bounds the shutdown of a service.
    package init(service: any Service, limit: Duration, clock: any Clock<Duration> = ContinuousClock()) {
        self.service = service
        self.limit = limit
        self.clock = clock
    }

    private struct LimitReached: Error {}

    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.service.run() }
            group.addTask {
                // An error means that the service has ended, or that everything is cancelled.
                guard (try? await gracefulShutdown()) != nil else { return }
                guard (try? await self.clock.sleep(for: self.limit)) != nil else { return }
                throw LimitReached()
            }
            do {
                try await group.next()
                group.cancelAll()
                try await group.waitForAll()
            } catch is LimitReached {
                group.cancelAll()
                // Whatever it says of having been cancelled.
                try? await group.waitForAll()
            }
        }
    }
}
