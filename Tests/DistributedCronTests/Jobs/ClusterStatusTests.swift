import DistributedCron
import DistributedCronTesting
import Foundation
import Testing

@Suite("Workers and the cluster as clients see them")
struct ClusterStatusTests {
    private let ensemble = InMemoryEnsemble()
    private let store = InMemoryJobStore(slotCount: 4, wallClock: ManualWallClock(now: Instant.monday().date))
    private let session: InMemoryCoordinator
    private let jobs: JobService

    init() {
        self.session = self.ensemble.session()
        self.jobs = JobService(store: self.store, artifacts: InMemoryArtifactStore(), coordinator: self.session)
    }

    /// Two workers that are registered, one of which owns two slots, and a third that is gone and owns another.
    private func populate() async throws {
        for worker in [WorkerID.two, .one] {
            let description = WorkerDescription(id: worker, host: "host of \(worker)", capacity: 4)
            try await self.ensemble.session().register(description)
        }
        let owners: [SlotID: WorkerID] = [SlotID(index: 0): .one, SlotID(index: 1): .one, SlotID(index: 3): .three]
        _ = try await self.store.assign(owners, token: LeaderToken(incarnation: 1, sequence: 7))
    }

    @Test("Workers are listed with the slots that they own, and one that is gone for as long as it owns any")
    func workers() async throws {
        try await self.populate()
        let workers = try await self.jobs.workers()
        #expect(workers.map(\.id) == [.one, .two, .three])
        #expect(workers.map(\.slotCount) == [2, 0, 1])
        #expect(workers.map(\.state) == [.ready, .ready, .gone])
        #expect(try await self.jobs.worker(.two)?.registration?.host == "host of w-2")
        #expect(try await self.jobs.worker(WorkerID(rawValue: "w-9")) == nil)
    }

    @Test("A cluster counts the slots whose jobs wait: those of nobody, and those of a worker that is gone")
    func cluster() async throws {
        let empty = try await self.jobs.clusterStatus()
        #expect((empty.slotCount, empty.unownedSlotCount, empty.workerCount) == (4, 4, 0))
        #expect(empty.leader == nil && empty.leaderToken == LeaderToken.none)
        try await self.populate()
        _ = try await self.session.campaign(as: ManagerID(rawValue: "m-1"))
        let status = try await self.jobs.clusterStatus()
        #expect(try await self.store.cluster().id == status.id)
        #expect((status.slotCount, status.unownedSlotCount, status.workerCount) == (4, 2, 2))
        #expect(status.leader == ManagerID(rawValue: "m-1"))
        #expect(status.leaderToken == LeaderToken(incarnation: 1, sequence: 7))
    }

    @Test("A worker drains until it is asked not to, and shows the slots that it still owns")
    func draining() async throws {
        try await self.populate()
        for _ in 0..<2 {
            let worker = try await self.jobs.setDraining(true, of: .one)
            #expect((worker.id, worker.state, worker.slotCount) == (.one, .draining, 2))
        }
        #expect(try await self.jobs.workers().map(\.state) == [.draining, .ready, .gone])
        let status = try await self.jobs.clusterStatus()
        #expect((status.workerCount, status.drainingWorkerCount, status.unownedSlotCount) == (2, 1, 2))
        #expect(try await self.jobs.setDraining(false, of: .one).state == .ready)
        #expect(try await self.jobs.clusterStatus().drainingWorkerCount == 0)
        for unknown in [WorkerID.three, WorkerID(rawValue: "w-9"), WorkerID(rawValue: "../cluster")] {
            let error = await #expect(throws: CoordinatorError.self) {
                try await self.jobs.setDraining(true, of: unknown)
            }
            #expect(error?.code == .notFound)
            #expect(error?.message == "worker \(unknown) is not registered")
        }
    }

    @Test("A worker that makes no progress is shown as stalled, until it gets on or somebody asks for something else")
    func stalled() async throws {
        try await self.populate()
        _ = try await self.session.campaign(as: ManagerID(rawValue: "m-1"))
        try await self.session.setDraining(true, of: .one, because: .stalled)
        #expect(try await self.jobs.worker(.one)?.state == .stalled)
        #expect(try await self.jobs.clusterStatus().drainingWorkerCount == 1)
        #expect(try await self.jobs.setDraining(true, of: .one).state == .draining)
        try await self.session.setDraining(false, of: .one, because: .stalled)
        #expect(try await self.jobs.worker(.one)?.state == .draining, "what was asked for holds")
        try await self.session.setDraining(true, of: .two, because: .stalled)
        #expect(try await self.jobs.setDraining(false, of: .two).state == .ready)
    }

    @Test("A job's owner is the owner of its slot")
    func owner() async throws {
        let job = try await self.jobs.create(JobRequest(schedule: "@daily", executable: .command("true")))
        #expect(try await self.jobs.owner(of: job) == nil)
        _ = try await self.store.assign([job.slot: .two], token: LeaderToken(incarnation: 1, sequence: 1))
        #expect(try await self.jobs.owner(of: job) == .two)
    }

    @Test("A service that does not say who is registered is waited for, but not for ever", .timeLimit(.minutes(1)))
    func silence() async throws {
        let clock = ManualClock()
        let session = FlakySession(self.session)
        session.hidesMembers = true
        let jobs = JobService(
            store: self.store,
            artifacts: InMemoryArtifactStore(),
            coordinator: session,
            clock: clock
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let error = await #expect(throws: CoordinatorError.self) { try await jobs.workers() }
                #expect(error?.code == .unavailable)
                // What goes on meanwhile is what whoever asks for workers wants to know then.
                #expect(error?.message.contains("who is registered; the ledger confirms no worker: ") == true)
            }
            try await clock.waitForSleepers()
            clock.advance(by: .seconds(5))
            try await group.waitForAll()
        }
    }
}
