import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

/// What an operator reads at an API server while the coordination service is away.
@Suite("What is said while the coordination service does not answer", .timeLimit(.minutes(1)))
struct OutageReportTests {
    private let store = InMemoryJobStore(slotCount: 4, wallClock: ManualWallClock(now: Instant.monday().date))
    private let session = FlakySession(InMemoryEnsemble().session())
    private let clock = ManualClock()
    private let jobs: JobService

    init() {
        self.jobs = JobService(
            store: self.store,
            artifacts: InMemoryArtifactStore(),
            coordinator: self.session,
            clock: self.clock
        )
    }

    private func leader() async -> String? { await self.jobs.checks().first { $0.name == "leader" }?.problem }

    /// Otherwise `/readyz` only says that a call failed, and whoever reads it cannot tell whether jobs run.
    @Test("It is since when, who goes on by the ledger and until when, and what happens by itself")
    func sentence() async throws {
        self.session.silentSince = Instant.monday(0, 0, -40).date
        let none = await self.leader()
        let idle = """
            the service cannot be reached; no answer since 2026-03-01T23:59:20Z; the ledger confirms no worker: those \
            that are cut off start nothing, and the others work as ever; all goes on by itself when the service answers
            """
        #expect(none == idle)
        _ = try await self.store.confirm(.one, for: .seconds(50))
        let one = await self.leader()
        #expect(one?.contains("; the ledger confirms 1 worker until 2026-03-02T00:00:50Z at least: ") == true)
        _ = try await self.store.confirm(.two, for: .seconds(30))
        let two = await self.leader()
        #expect(two?.contains("; the ledger confirms 2 workers, each until 2026-03-02T00:00:30Z at least: ") == true)
    }

    /// `distcron cluster` would otherwise answer with less than `/readyz`.
    @Test("A request for the cluster is refused with the same")
    func cluster() async throws {
        self.session.silentSince = Instant.monday().date
        let error = await #expect(throws: CoordinatorError.self) { try await self.jobs.clusterStatus() }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("; no answer since 2026-03-02T00:00:00Z; the ledger confirms no ") == true)
    }

    /// A load balancer that waits for `/readyz` gives up before a call of a silent service does.
    @Test("A service that hangs is waited for, but not for ever")
    func hanging() async throws {
        self.session.hidesLeader = true
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let problem = await self.leader()
                #expect(problem?.hasPrefix("the coordination service does not say who leads; the ledger ") == true)
            }
            try await self.clock.waitForSleepers()
            self.clock.advance(by: .seconds(5))
            try await group.waitForAll()
        }
    }
}
