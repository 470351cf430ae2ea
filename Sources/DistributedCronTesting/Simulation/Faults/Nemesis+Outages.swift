import DistributedCron

extension Nemesis {
    /// How long the ensemble is away while nothing else is wrong: longer than a lease, and often than a session.
    private static let outages = Duration.seconds(90)...Duration.seconds(300)

    /// Has the ensemble lose its quorum while nothing else is wrong, so that some jobs have to go on without it.
    func loseQuorumAlone() async {
        guard !Task.isCancelled else { return }
        self.judge.trace { "nemesis: the ensemble is away, and nothing else is wrong" }
        let start = self.engine.now
        self.cluster.ensemble.loseQuorum()
        await self.last(self.engine.duration(Self.outages))
        if !Task.isCancelled { await self.judge.checkOutage(since: start) }
        self.cluster.ensemble.regainQuorum()
    }
}
