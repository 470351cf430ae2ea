/// Permits that wait for the coordination service to come back, and take nobody's place meanwhile.
final class HeldPermits: Sendable {
    private let permits = Lock<[RunID: LaunchPermit]>([:])

    /// How many wait.
    var count: Int { self.permits.withLock { $0.count } }

    func add(_ permit: LaunchPermit) { self.permits.withLock { $0[permit.run.id] = permit } }

    /// Takes the permit of a run out, if it waits.
    func remove(_ run: RunID) -> LaunchPermit? { self.permits.withLock { $0.removeValue(forKey: run) } }

    /// Takes all of them out, those of the earliest instants first.
    func removeAll() -> [LaunchPermit] {
        let permits = self.permits.withLock { permits in
            defer { permits = [:] }
            return permits
        }
        return permits.values.sorted()
    }
}
