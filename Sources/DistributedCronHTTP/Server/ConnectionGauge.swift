#if HTTP
import DistributedCron
import Hummingbird
import HummingbirdCore

/// Counts the open connections, and lets no more be accepted than the limit: others wait in the kernel's queue.
final class ConnectionGauge: AvailableConnectionsDelegate {
    private let limits: ConnectionLimits
    private let count = Lock(0)

    init(limits: ConnectionLimits) { self.limits = limits }

    /// Whether most of the connections are taken.
    var isCrowded: Bool { self.count.withLock { $0 > self.limits.crowd } }

    func connectionOpened() { self.count.withLock { $0 += 1 } }

    func connectionClosed() { self.count.withLock { $0 -= 1 } }

    func isAcceptingNewConnections() -> Bool { self.count.withLock { $0 < self.limits.connections } }
}
#endif
