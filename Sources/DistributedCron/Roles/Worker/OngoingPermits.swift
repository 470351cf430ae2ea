/// Counts the permits that were given for what goes on in an outage, and have not come to their end.
final class OngoingPermits: Sendable {
    private let count = Lock(0)

    var isEmpty: Bool { self.count.withLock { $0 == 0 } }

    func add(_ permits: [LaunchPermit]) { self.count.withLock { $0 += permits.count(where: Self.isOngoing) } }

    func remove(_ permits: [LaunchPermit]) { self.count.withLock { $0 -= permits.count(where: Self.isOngoing) } }

    private static func isOngoing(_ permit: LaunchPermit) -> Bool { permit.definition.policies.onOutage == .lease }
}
