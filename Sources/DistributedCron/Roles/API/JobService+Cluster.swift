// The cluster: its workers, its leader, and who owns what.
extension JobService {
    /// How long the coordination service has to say who is registered.
    private static let coordinationPatience = Duration.seconds(5)

    /// Lists the workers that are registered or own slots, in the order of their identities.
    ///
    /// It costs one look at the slots and one at the registrations, however many jobs there are.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`; ``CoordinatorError`` with code `unavailable`, for
    ///   which five seconds are waited at the most, and which says what the ledger tells of the outage.
    public func workers() async throws -> [WorkerStatus] {
        // In this order: the slots of a worker that registered in between would look as if their owner were gone.
        let slots = try await self.store.slots()
        let members = try await self.reportingOutage { try await self.members() }
        return WorkerStatus.all(members: members, slots: slots)
    }

    /// Finds a worker that is registered or owns slots.
    ///
    /// - Throws: What ``workers()`` throws.
    public func worker(_ id: WorkerID) async throws -> WorkerStatus? {
        try await self.workers().first { $0.id == id }
    }

    /// Asks for a worker to have no slots, or to have its share again; to ask twice changes nothing.
    ///
    /// A worker that drains stays registered and finishes what it runs. The leader gives its slots to the other workers of
    /// their pools; where there is none they stay, because jobs must not stop. It drains until it is asked not to, or is
    /// gone: a process that is started again has another worker. One whose session was lost has another too, which drains as
    /// well if the process had heard of it.
    ///
    /// - Parameters:
    ///   - isDraining: Whether it is to have no slots.
    ///   - id: The worker.
    /// - Returns: The worker, with the slots that it still owns.
    /// - Throws: ``CoordinatorError`` with code `notFound` if the worker is not registered; what ``workers()`` throws.
    public func setDraining(_ isDraining: Bool, of id: WorkerID) async throws -> WorkerStatus {
        // Looked up first: whatever a client calls a worker, only the name of one that exists is handed on.
        guard try await self.members().contains(where: { $0.id == id }) else {
            throw CoordinatorError.notRegistered(id)
        }
        try await self.coordinator.setDraining(isDraining, of: id)
        guard let worker = try await self.worker(id) else { throw CoordinatorError.notRegistered(id) }
        return worker
    }

    /// Says who leads, and whether somebody works on every slot.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`; ``CoordinatorError`` with code `unavailable` or `sessionLost`.
    public func clusterStatus() async throws -> ClusterStatus {
        let cluster = try await self.store.cluster()
        let slots = try await self.store.slots()
        return try await self.reportingOutage {
            let leader = try await self.leader()
            return ClusterStatus(id: cluster.id, slots: slots, members: try await self.members(), leader: leader)
        }
    }

    /// The worker that owns the slot of a job now, registered or not; nil before the first assignment.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func owner(of job: Job) async throws -> WorkerID? {
        try await self.store.slots().first { $0.id == job.slot }?.worker
    }

    /// Who leads, if the coordination service says so in time.
    func leader() async throws -> ManagerID? {
        let (coordinator, clock) = (self.coordinator, self.clock)
        return try await withThrowingTaskGroup(of: ManagerID?.self) { group in
            group.addTask { try await coordinator.leader() }
            group.addTask {
                try await clock.sleep(for: Self.coordinationPatience)
                throw CoordinatorError(.unavailable, message: "the coordination service does not say who leads")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Asks the coordination service for something, and says what goes on without it if it does not answer.
    ///
    /// - Parameters:
    ///   - asksLedger: Whether the ledger is asked who goes on; whoever knows that it does not answer need not wait for it again.
    ///   - body: Asks.
    /// - Returns: The answer.
    /// - Throws: What the body throws; ``CoordinatorError`` with code `unavailable` with a sentence that says more.
    func reportingOutage<Answer>(
        asksLedger: Bool = true,
        _ body: () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await body()
        } catch let error as CoordinatorError where error.code == .unavailable {
            var confirmed: [ConfirmedWorker]?
            if asksLedger { confirmed = try? await self.store.confirmedWorkers() }
            let since = self.coordinator.unansweredSince
            let report = OutageReport(problem: error.message, since: since, confirmed: confirmed)
            throw CoordinatorError(.unavailable, message: report.sentence, backendCode: error.backendCode)
        }
    }

    /// The registered workers, in the order of their identities.
    private func members() async throws -> [WorkerDescription] {
        let answers = self.coordinator.members()
        let clock = self.clock
        // A stream waits for a service that is away for as long as that takes; a client does not.
        let members: [WorkerDescription]? = try await withThrowingTaskGroup(of: [WorkerDescription]?.self) { group in
            group.addTask {
                for await registered in answers { return registered }
                return nil
            }
            group.addTask {
                try await clock.sleep(for: Self.coordinationPatience)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        try Task.checkCancellation()
        guard let members else {
            throw CoordinatorError(.unavailable, message: "the coordination service does not say who is registered")
        }
        return members
    }
}
