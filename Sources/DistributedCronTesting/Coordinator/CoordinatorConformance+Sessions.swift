import DistributedCron
import Testing

extension CoordinatorConformance {
    func newSessionIsConnected(_ service: Service) async throws {
        let session = try await service.session()
        #expect(await session.states().first { _ in true } == .connected)
        for _ in 0..<3 { try await session.heartbeat() }
    }

    func lossIsToldAndEndsTheStates(_ service: Service) async throws {
        let session = try await service.session()
        let (first, second) = (session.states(), session.states())
        try await service.lose(session)
        for states in [first, second] {
            var last: SessionState?
            for await state in states { last = state }
            #expect(last == .lost)
        }
        // Whoever asks later is told so too.
        var late: [SessionState] = []
        for await state in session.states() { late.append(state) }
        #expect(late == [.lost])
    }

    func lossOfOneSessionLeavesTheOthers(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        try await second.register(self.worker("w-2"))
        _ = try await second.campaign(as: self.candidate(2))
        try await service.lose(first)
        try await second.heartbeat()
        #expect(await second.states().first { _ in true } == .connected)
        #expect(try await second.leader() == self.candidate(2))
        #expect(await second.members().first { _ in true } == [self.worker("w-2")])
    }

    func lostSessionRefusesEverything(_ service: Service) async throws {
        let (session, witness) = (try await service.session(), try await service.session())
        try await session.register(self.worker("w-1"))
        try await service.lose(session)
        let assignment = Assignment(token: LeaderToken(incarnation: 1, sequence: 1), slots: [:])
        let worker = WorkerID(rawValue: "w-1")
        for _ in 0..<2 {
            try await self.expectError(.sessionLost) { try await session.heartbeat() }
            try await self.expectError(.sessionLost) { _ = try await session.campaign(as: self.candidate(1)) }
            try await self.expectError(.sessionLost) { _ = try await session.leader() }
            try await self.expectError(.sessionLost) { try await session.register(self.worker("w-1")) }
            try await self.expectError(.sessionLost) { try await session.publish(assignment, for: worker) }
            try await self.expectError(.sessionLost) { try await session.setDraining(true, of: worker) }
            try await self.expectError(.sessionLost) { try await session.unpublish(worker) }
            try await self.expectError(.sessionLost) { try await session.signalChange() }
        }
        #expect(try await witness.leader() == nil)
        #expect(await witness.members().first { _ in true } == [])
    }

    func streamsOfMembersEndWithTheSession(_ service: Service) async throws {
        let (session, other) = (try await service.session(), try await service.session())
        let members = session.members()
        #expect(await members.first { _ in true } == [])
        try await service.lose(session)
        // What happens afterwards is not for it.
        try await other.register(self.worker("w-1"))
        #expect(await members.first { !$0.isEmpty } == nil)
    }

    func streamsOfAssignmentsEndWithTheSession(_ service: Service) async throws {
        let (session, other) = (try await service.session(), try await service.session())
        let worker = WorkerID(rawValue: "w-1")
        let assignments = session.assignments(for: worker)
        try await service.lose(session)
        try await other.publish(Assignment(token: LeaderToken(incarnation: 1, sequence: 1), slots: [:]), for: worker)
        #expect(await assignments.first { _ in true } == nil)
    }

    func streamsOfChangesEndWithTheSession(_ service: Service) async throws {
        let (session, other) = (try await service.session(), try await service.session())
        let changes = session.changes()
        try await service.lose(session)
        try await other.signalChange()
        #expect(await changes.first { true } == nil)
    }

    func waitingReaderIsReleasedByTheLoss(_ service: Service) async throws {
        let (session, other) = (try await service.session(), try await service.session())
        let worker = WorkerID(rawValue: "w-1")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { #expect(await session.members().first { !$0.isEmpty } == nil) }
            group.addTask { #expect(await session.assignments(for: worker).first { _ in true } == nil) }
            group.addTask { #expect(await session.changes().first { true } == nil) }
            group.addTask { #expect(await session.states().first { _ in false } == nil) }
            await giveWay(20)
            try await service.lose(session)
            // A reader that was forgotten hears of these.
            try await other.register(self.worker("w-1"))
            try await other.publish(
                Assignment(token: LeaderToken(incarnation: 1, sequence: 1), slots: [:]),
                for: worker
            )
            try await other.signalChange()
            try await group.waitForAll()
        }
    }
}
