import DistributedCron

/// The queues as one process of a simulated cluster reaches them: in the ensemble, by its session.
struct SimulatedTaskQueue: TaskQueue {
    let wire: Wire
    let service: CoordinationService
    let session: SimulatedSession
    let judge: Judge

    private func ask<Answer: Sendable>(
        _ body: @escaping @Sendable (InMemoryTaskQueue) async throws -> Answer
    ) async throws -> Answer {
        let lost = TaskQueueError(.unavailable, message: "the session was lost", backendCode: -112)
        return try await self.wire.request(
            losses: SimulatedCoordinator.losses,
            unknown: TaskQueueError(.unavailable, message: "the connection to the ensemble was lost", backendCode: -4)
        ) {
            guard !self.session.isExpired else { throw lost }
            self.session.touch()
            return try await body(self.session.queue)
        }
    }

    func open(_ worker: WorkerID) async throws { try await self.ask { try await $0.open(worker) } }
    func workers() async throws -> [WorkerID] { try await self.ask { try await $0.workers() } }
    func enqueue(_ tasks: [WorkerTask], for worker: WorkerID) async throws {
        try await self.ask {
            try await $0.enqueue(tasks, for: worker)
            self.judge.filed(tasks)
            self.judge.trace { "queue: \(tasks.map(\.id)) for \(worker)" }
        }
    }
    func pendingTasks(for worker: WorkerID) async throws -> [WorkerTask] {
        try await self.ask { try await $0.pendingTasks(for: worker) }
    }
    func complete(_ tasks: [TaskID], for worker: WorkerID) async throws {
        try await self.ask { queue in
            await self.judge.completing(tasks, in: try await queue.pendingTasks(for: worker))
            try await queue.complete(tasks, for: worker)
            self.judge.trace { "queue: \(tasks) of \(worker) are done" }
        }
    }
    func move(_ tasks: [TaskID], from source: WorkerID, to destination: WorkerID) async throws {
        try await self.ask { try await $0.move(tasks, from: source, to: destination) }
    }
    func close(_ worker: WorkerID) async throws {
        try await self.ask { queue in
            // What is in it is consumed with it, unless somebody else has it too: a claim in flight is shown to others.
            var others: Set<TaskID> = []
            for other in try await queue.workers() where other != worker {
                others.formUnion(try await queue.pendingTasks(for: other).map(\.id))
            }
            let tasks = try await queue.pendingTasks(for: worker).filter { !others.contains($0.id) }
            await self.judge.completing(tasks.map(\.id), in: tasks)
            try await queue.close(worker)
            self.judge.trace { "queue: that of \(worker) is closed with \(tasks.map(\.id))" }
        }
    }

    func tasks(for worker: WorkerID) async throws -> AsyncThrowingStream<WorkerTask, any Error> {
        let stream = try await self.ask { try await $0.tasks(for: worker) }
        let delivery = WatchDelivery(wire: self.wire, service: self.service, session: self.session)
        let source = StreamSource(stream)
        return AsyncThrowingStream(unfolding: {
            guard let task = try await source.next() else {
                await delivery.ended()
                return nil
            }
            return await delivery.deliver(task)
        })
    }
}
