import DistributedCron
import Testing

extension CoordinatorConformance {
    func registrationIsTold(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        let members = second.members()
        #expect(await members.first { _ in true } == [])
        try await first.register(self.worker("w-2"))
        #expect(await members.first { !$0.isEmpty } == [self.worker("w-2")])
        try await second.register(self.worker("w-1", capacity: 9))
        let both = [self.worker("w-1", capacity: 9), self.worker("w-2")]
        #expect(await members.first { $0.count == 2 } == both, "in the order of the identities")
        // A new stream begins with the present.
        #expect(await first.members().first { $0.count == 2 } == both)
    }

    func registrationMayBeRepeated(_ service: Service) async throws {
        let session = try await service.session()
        for _ in 0..<2 { try await session.register(self.worker("w-1")) }
        #expect(await session.members().first { !$0.isEmpty } == [self.worker("w-1")])
    }

    func workerIsRegisteredByOneSession(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        try await first.register(self.worker("w-1"))
        try await self.expectError(.conflict) { try await second.register(self.worker("w-1", capacity: 9)) }
        #expect(await second.members().first { !$0.isEmpty } == [self.worker("w-1")])
        try await first.deregister()
        try await second.register(self.worker("w-1", capacity: 9))
        #expect(await first.members().first { $0.first?.capacity == 9 }?.count == 1)
    }

    func raceForAnIdentityHasOneWinner(_ service: Service) async throws {
        let witness = try await service.session()
        for round in 0..<20 {
            let sessions = try await race(4) { _ in try await service.session() }
            let registered = try await race(4) { number in
                do {
                    try await sessions[number].register(self.worker("w-\(round)", capacity: number + 1))
                    return true
                } catch let error as CoordinatorError where error.code == .conflict {
                    return false
                }
            }
            #expect(registered.count { $0 } == 1, "round \(round)")
            let winner = try #require(registered.firstIndex(of: true))
            let found = await witness.members().first { $0.contains { $0.id.rawValue == "w-\(round)" } }
            #expect(found?.last { $0.id.rawValue == "w-\(round)" }?.capacity == winner + 1)
            for session in sessions { try await session.deregister() }
        }
    }

    func deregistrationIsTold(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        let members = second.members()
        try await first.register(self.worker("w-1"))
        try await second.register(self.worker("w-2"))
        #expect(await members.first { $0.count == 2 } != nil)
        try await first.deregister()
        #expect(await members.first { $0.count == 1 } == [self.worker("w-2")])
        try await first.deregister()
        #expect(await second.members().first { _ in true } == [self.worker("w-2")])
    }

    func lossEndsTheRegistration(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        let members = second.members()
        try await first.register(self.worker("w-1"))
        #expect(await members.first { !$0.isEmpty } != nil)
        try await service.lose(first)
        #expect(await members.first { $0.isEmpty } != nil)
        // Its name is free for whoever comes after.
        try await second.register(self.worker("w-1", capacity: 9))
        #expect(await members.first { !$0.isEmpty } == [self.worker("w-1", capacity: 9)])
    }

    func raceOfLossAndRegistrationLeavesNoMember(_ service: Service) async throws {
        let witness = try await service.session()
        for round in 0..<200 {
            let session = try await service.session()
            _ = try await race(2) { number in
                if number == 0 {
                    try await service.lose(session)
                } else {
                    try? await session.register(self.worker("w-\(round)"))
                }
            }
            try await witness.register(self.worker("z-\(round)"))
            // From the witness's own registration on, the lost one has to be gone.
            let members = await witness.members().first { $0.contains { $0.id.rawValue == "z-\(round)" } }
            #expect(members == [self.worker("z-\(round)")], "round \(round)")
            if members?.count != 1 { return }
            try await witness.deregister()
        }
    }

    func raceOfRegistrationsEndsWithAll(_ service: Service) async throws {
        let count = 4
        for round in 0..<100 {
            let sessions = try await race(count) { _ in try await service.session() }
            let members = sessions[0].members()
            _ = try await race(count) { try await sessions[$0].register(self.worker("w-\($0)")) }
            // Whatever was told in between, what is told last, and first to whoever asks now, is everybody.
            let all = (0..<count).map { self.worker("w-\($0)") }
            let present = await sessions[0].members().first { _ in true }
            #expect(present == all, "round \(round)")
            guard present == all else { return }
            #expect(await members.first { $0 == all } != nil, "round \(round)")
            _ = try await race(count) { try await sessions[$0].deregister() }
            let rest = await sessions[1].members().first { _ in true }
            #expect(rest == [], "round \(round)")
            guard rest == [] else { return }
        }
    }

    func slowReaderSeesTheNewestMembersOnly(_ service: Service) async throws {
        let session = try await service.session()
        let members = session.members()
        for capacity in 1...50 { try await session.register(self.worker("w-1", capacity: capacity)) }
        #expect(await session.members().first { $0.first?.capacity == 50 } != nil)
        #expect(await members.buffered().count <= 1, "nothing is queued")
    }
}
