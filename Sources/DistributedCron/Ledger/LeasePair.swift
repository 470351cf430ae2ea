/// The two leases of a worker: by its session with the coordination service, and by the ledger while that service is away.
///
/// Pure; times are durations on one stopwatch. Both are counted from the sending of what was acknowledged. The ledger's is only
/// ever asked for under a lease, of whichever kind: a worker that once had neither begins again with the coordination service.
/// So a leader that has revoked the ledger's lease, and has waited for as long as it may last, knows that it never comes back.
package struct LeasePair: Sendable {
    /// By the session: permits all that a worker does.
    package private(set) var session: Lease
    /// By the ledger: permits what goes on in an outage.
    package private(set) var ledger: Lease
    private var isRevoked = false

    /// Leases that are still to be given.
    ///
    /// - Parameter length: How long an acknowledgement of either kind is good for.
    package init(length: Duration) {
        self.session = Lease(length: length)
        self.ledger = Lease(length: length)
    }

    /// The coordination service has answered a heartbeat; changes nothing after a revocation.
    package mutating func acknowledge(sentAt sent: Duration) {
        if !self.isRevoked { self.session.acknowledge(sentAt: sent) }
    }

    /// The ledger has confirmed the worker; changes nothing after a revocation.
    package mutating func confirm(sentAt sent: Duration) {
        if !self.isRevoked { self.ledger.acknowledge(sentAt: sent) }
    }

    /// The session is gone, or the worker is taken for dead: nothing is permitted any more.
    package mutating func revoke() {
        self.isRevoked = true
        self.session.revoke()
        self.ledger.revoke()
    }

    /// Until when attempts may go on.
    package var deadlines: LeaseDeadlines {
        LeaseDeadlines(
            hold: self.session.deadline,
            lease: self.ledger.deadline.map { max($0, self.session.deadline ?? $0) } ?? self.session.deadline
        )
    }
}

/// Until when a worker's attempts may go on, by what their jobs say of outages; nil where they may not.
package struct LeaseDeadlines: Sendable, Hashable {
    /// Until when those may that end with the session's lease.
    package var hold: Duration?
    /// Until when those may that go on under the ledger's: the later of the two.
    package var lease: Duration?

    package init(hold: Duration? = nil, lease: Duration? = nil) {
        self.hold = hold
        self.lease = lease
    }

    /// The deadline of attempts of jobs with a policy.
    package subscript(policy: OutagePolicy) -> Duration? {
        switch policy {
        case .hold: self.hold
        case .lease: self.lease
        }
    }

    /// Whether attempts of jobs with a policy may go on at a time.
    package func permits(_ policy: OutagePolicy, at time: Duration) -> Bool { self[policy].map { time < $0 } ?? false }

    /// Whether all attempts may go on at a time.
    package func permitsAll(at time: Duration) -> Bool {
        OutagePolicy.allCases.allSatisfy { self.permits($0, at: time) }
    }
}
