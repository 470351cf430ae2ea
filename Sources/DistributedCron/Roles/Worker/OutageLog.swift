import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Tells a worker's log that the coordination service does not answer, what becomes of jobs meanwhile, and that it is back.
///
/// It is looked at once a heartbeat, only reads what the worker knows anyway, and waits for nothing. What is away is told again
/// each minute, so that the end of a log says how it stands.
struct OutageLog: Sendable {
    /// How long it is before the same is told again.
    static let pause = Duration.seconds(60)

    /// How a worker stands to the coordination service.
    private enum Standing {
        case answered
        /// There was no answer for a while, and the session's lease is good.
        case unanswered
        /// It goes on by the ledger.
        case confirmed
        /// Neither lease is good.
        case stopped
    }
    private let lease: WorkerLease
    private let wallClock: any WallClock
    private let logger: Logger
    /// How many runs are held.
    private let heldCount: @Sendable () -> Int
    private var told = Standing.answered
    private var toldAt = Duration.zero

    init(
        lease: WorkerLease,
        wallClock: any WallClock,
        logger: Logger,
        heldCount: @escaping @Sendable () -> Int
    ) {
        self.lease = lease
        self.wallClock = wallClock
        self.logger = logger
        self.heldCount = heldCount
    }

    /// Tells what is new, or was told long ago.
    mutating func look() {
        // Without a deadline nothing was answered yet, or the leases were revoked, and all ends.
        guard let session = self.lease.deadline(for: .hold), let latest = self.lease.deadline(for: .lease) else {
            return
        }
        let now = self.lease.now
        let standing = self.standing
        guard standing != self.told || standing != .answered && now - self.toldAt >= Self.pause else { return }
        self.told = standing
        self.toldAt = now
        let answered = session - self.lease.length
        let metadata: Logger.Metadata = [
            "since": "\(self.date(of: answered, now))", "until": "\(self.date(of: latest, now))",
            "held": "\(self.heldCount())",
        ]
        switch standing {
        case .answered:
            self.logger.info("The coordination service answers again, and what was held starts")
        case .unanswered:
            self.logger.warning(
                "The coordination service does not answer: what holds ends with the lease, and starts when it is back",
                metadata: metadata
            )
        case .confirmed:
            self.logger.warning(
                "The coordination service is away: jobs of on_outage lease go on by the ledger, others wait for it",
                metadata: metadata
            )
        case .stopped:
            self.logger.warning(
                "The coordination service is away and there is no lease: nothing starts before it is back",
                metadata: metadata
            )
        }
    }

    private var standing: Standing {
        guard self.lease.isSilent else { return .answered }
        if self.lease.isAway { return .confirmed }
        return self.lease.isValid ? .unanswered : .stopped
    }

    /// What people call a time on the leases' clock.
    private func date(of time: Duration, _ now: Duration) -> Instant {
        Instant(floor: self.wallClock.now.addingTimeInterval((time - now) / .seconds(1)))
    }
}
