#if ZooKeeper
public import DistributedCron

/// One session with ZooKeeper, as a coordinator.
///
/// Values are not queued anywhere: a stream reads again when ZooKeeper has said that there is something new, and the reader
/// asks for it. What is ephemeral ends with the session, at the latest when the time-out that the servers have agreed to is over.
public final class ZooKeeperCoordinator: Coordinator {
    let session: ZooKeeperSession
    let layout: ZooKeeperLayout
    let clock: any Clock<Duration>
    let election: Election
    /// The worker that this session has registered, or is about to.
    let registration = Lock<Registration?>(nil)

    /// Creates a coordinator on a session.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - layout: What ``ZooKeeperLayout/prepare(_:root:cluster:incarnation:)`` has made or found with it.
    ///   - identities: Names what the session makes.
    ///   - clock: Measures pauses.
    package init(
        session: ZooKeeperSession,
        layout: ZooKeeperLayout,
        identities: IdentitySource = IdentitySource(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.session = session
        self.layout = layout
        self.clock = clock
        self.election = Election(session: session, layout: layout, identities: identities)
    }

    /// How long the servers wait for a sign of life, as they have agreed to: a lease has to be shorter.
    public var sessionTimeout: Duration { self.session.timeout }

    /// The session's state, as it changes.
    public func states() -> AsyncStream<SessionState> { self.session.states() }

    /// Proves that the session lives.
    ///
    /// With a `sync`, which the ensemble's leader has to answer: a read is answered by a server that has lost touch with it
    /// as well. The leader does not ask whether there is such a session, so the worker's registration is looked at after
    /// that: it is there for as long as the session.
    public func heartbeat() async throws {
        try await coordinating {
            let registration = self.registration.withLock { $0 }
            try await self.session.sync(self.layout.root)
            if let registration, registration.creation != nil { try await self.check(registration) }
            // The proof is there, whatever becomes of this.
            try? await self.election.removeLeftovers()
        }
    }

    // MARK: Election

    /// Waits until this session leads.
    ///
    /// The token counts in the incarnation that the cluster's node names.
    public func campaign(as candidate: ManagerID) async throws -> LeaderToken {
        try await coordinating { try await self.election.campaign(as: candidate) }
    }

    /// Gives up leading, or standing, also if the task is cancelled.
    ///
    /// If ZooKeeper does not answer, the candidate is withdrawn at the session's next call that concerns the election, or
    /// its next heartbeat.
    public func resign() async throws { try await coordinating { try await self.election.resign() } }

    /// Who leads.
    public func leader() async throws -> ManagerID? { try await coordinating { try await self.election.leader() } }
}
#endif
