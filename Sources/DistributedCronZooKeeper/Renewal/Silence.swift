#if ZooKeeper
import DistributedCron
import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Since when ZooKeeper does not answer a process, which its log is told too.
final class Silence: Sendable {
    private let wallClock: any WallClock
    private let logger: Logger
    private let beginning = Lock<Date?>(nil)

    init(wallClock: any WallClock = SystemWallClock(), logger: Logger) {
        self.wallClock = wallClock
        self.logger = logger
    }

    /// Since when; nil while it answers, and before it ever has.
    var since: Date? { self.beginning.withLock { $0 } }

    /// Takes note of the state of the session that there is.
    func note(_ state: SessionState) {
        let now = self.wallClock.now
        let before = self.beginning.withLock { beginning -> Date? in
            defer { beginning = state == .connected ? nil : beginning ?? now }
            return beginning
        }
        switch state {
        case .connected:
            guard let before else { return }
            self.logger.info("ZooKeeper answers again", metadata: ["away_since": "\(Instant(floor: before))"])
        case .suspended:
            guard before == nil else { return }
            self.logger.warning("ZooKeeper does not answer, and is waited for")
        case .lost:
            // It has answered, and another session follows, of which the log is told elsewhere.
            return
        }
    }
}
#endif
