import DistributedCron

/// The ensemble as one process of a simulated cluster reaches it.
struct SimulatedCoordinator: Coordinator {
    static let losses = [
        Wire.Loss(answer: .connectionLossApplied, request: .connectionLossLost, notice: .milliseconds(5)),
        Wire.Loss(answer: .operationTimeoutApplied, request: .operationTimeoutLost, notice: nil),
    ]

    /// How often a candidate looks whether it still is one.
    private static let followUpPause = Duration.seconds(15)

    let wire: Wire
    let service: CoordinationService
    let session: SimulatedSession
    let judge: Judge

    /// Asks the ensemble for something, as the session.
    private func ask<Answer: Sendable>(
        _ body: @escaping @Sendable (InMemoryCoordinator) async throws -> Answer
    ) async throws -> Answer {
        let lost = CoordinatorError(.sessionLost, message: "the session was lost")
        guard !self.session.isLost else { throw lost }
        do {
            let answer = try await self.wire.request(
                losses: Self.losses,
                unknown: CoordinatorError(
                    .unavailable,
                    message: "the connection to the ensemble was lost",
                    backendCode: -4
                )
            ) {
                guard !self.session.isExpired else { throw lost }
                self.session.touch()
                return try await body(self.session.inner)
            }
            self.session.answered()
            return answer
        } catch let error as CoordinatorError where error.code == .sessionLost {
            self.session.lose()
            throw error
        }
    }

    func states() -> AsyncStream<SessionState> { self.session.states.stream() }

    func heartbeat() async throws {
        let sent = self.wire.engine.now
        try await self.ask { try await $0.heartbeat() }
        if let worker = self.session.worker { self.judge.leased(worker, sentAt: sent) }
    }

    func campaign(as candidate: ManagerID) async throws -> LeaderToken {
        while true {
            if let token = try await self.stand(candidate) { return token }
        }
    }

    /// Stands for election until elected.
    ///
    /// - Returns: The token; nil if the ensemble has never heard of the candidate, or has forgotten it.
    private func stand(_ candidate: ManagerID) async throws -> LeaderToken? {
        let lost = CoordinatorError(.sessionLost, message: "the session was lost")
        let session = self.session
        // The wait for leadership is a watch; only the beginning of it is a request.
        let patient = self.wire.waiting(atMost: .seconds(1_000_000))
        return try await withThrowingTaskGroup(of: LeaderToken?.self) { group in
            group.addTask {
                try await patient.request(unknown: lost) {
                    guard !session.isExpired else { throw lost }
                    session.touch()
                    return try await session.inner.campaign(as: candidate)
                }
            }
            group.addTask {
                await session.waitUntilLost()
                try Task.checkCancellation()
                throw lost
            }
            group.addTask { try await self.followUp(candidate) }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Looks now and then what has become of a candidacy, because a request or an answer may have been lost.
    private func followUp(_ candidate: ManagerID) async throws -> LeaderToken? {
        while true {
            try await self.wire.engine.sleep(for: Self.followUpPause)
            do {
                switch try await self.ask({ $0.candidacy }) {
                case .none: return nil
                case .standing: continue
                case .leading: return try await self.ask { try await $0.campaign(as: candidate) }
                }
            } catch let error as CoordinatorError where error.code == .unavailable {
                continue
            }
        }
    }

    func resign() async throws { try await self.ask { try await $0.resign() } }

    func leader() async throws -> ManagerID? { try await self.ask { try await $0.leader() } }

    func register(_ worker: WorkerDescription) async throws {
        try await self.ask {
            try await $0.register(worker)
            self.session.note(registered: worker.id)
            self.judge.registered(worker)
            self.service.note(registered: worker.id)
            self.service.noteChange(of: .members)
        }
    }

    func deregister() async throws {
        if let worker = self.session.worker, self.wire.process.isAlive { self.judge.leaves(worker) }
        try await self.ask {
            try await $0.deregister()
            if let worker = self.session.worker { self.service.note(vanished: worker) }
            self.session.note(registered: nil)
            self.service.noteChange(of: .members)
        }
    }

    func members() -> AsyncStream<[WorkerDescription]> { self.watch(.members, self.session.inner.members()) }

    func setDraining(_ isDraining: Bool, of worker: WorkerID, because reason: DrainReason) async throws {
        try await self.ask {
            try await $0.setDraining(isDraining, of: worker, because: reason)
            self.service.noteChange(of: .members)
        }
    }

    func publish(_ assignment: Assignment, for worker: WorkerID) async throws {
        try await self.ask {
            try await $0.publish(assignment, for: worker)
            self.service.noteChange(of: .assignment(worker))
        }
    }

    func unpublish(_ worker: WorkerID) async throws { try await self.ask { try await $0.unpublish(worker) } }

    func assignments(for worker: WorkerID) -> AsyncStream<Assignment> {
        self.watch(.assignment(worker), self.session.inner.assignments(for: worker))
    }

    func signalChange() async throws {
        try await self.ask {
            try await $0.signalChange()
            self.service.noteChange(of: .signal)
        }
    }

    func changes() -> AsyncStream<Void> { self.watch(.signal, self.session.inner.changes()) }

    /// What a watch delivers to the process: late, and only while the link does.
    private func watch<Value: Sendable>(
        _ subject: CoordinationService.Subject,
        _ stream: AsyncStream<Value>
    ) -> AsyncStream<Value> {
        let delivery = WatchDelivery(wire: self.wire, service: self.service, session: self.session)
        let source = StreamSource(stream)
        return AsyncStream(unfolding: {
            await delivery.gather(subject)
            guard let value = await source.next() else {
                await delivery.ended()
                return nil
            }
            return await delivery.deliver(value)
        })
    }
}
