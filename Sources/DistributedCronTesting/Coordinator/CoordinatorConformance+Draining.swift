import DistributedCron
import Testing

extension CoordinatorConformance {
    private var one: WorkerID { WorkerID(rawValue: "w-1") }

    /// A worker as ``worker(_:capacity:)`` describes it, to which was said that it is to have no slots.
    private func draining(
        _ name: String,
        capacity: Int = 4,
        because reason: DrainReason = .asked
    ) -> WorkerDescription {
        var worker = self.worker(name, capacity: capacity)
        worker.drain = reason
        return worker
    }

    func drainIsTold(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        try await first.register(self.worker("w-1"))
        try await second.register(self.worker("w-2"))
        let members = second.members()
        #expect(await members.first { $0.count == 2 } == [self.worker("w-1"), self.worker("w-2")])
        try await second.setDraining(true, of: self.one)
        #expect(await members.first { $0[0].isDraining } == [self.draining("w-1"), self.worker("w-2")])
        // A new stream begins with the present, in every session.
        #expect(await first.members().first { _ in true } == [self.draining("w-1"), self.worker("w-2")])
        try await first.setDraining(false, of: self.one)
        #expect(await members.first { !$0[0].isDraining } == [self.worker("w-1"), self.worker("w-2")])
        #expect(await second.members().first { _ in true } == [self.worker("w-1"), self.worker("w-2")])
    }

    func drainMayBeRepeated(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        try await first.register(self.worker("w-1"))
        // What does not drain may be told so.
        try await second.setDraining(false, of: self.one)
        #expect(await first.members().first { _ in true } == [self.worker("w-1")])
        for _ in 0..<2 {
            for session in [first, second] { try await session.setDraining(true, of: self.one) }
            #expect(await first.members().first { _ in true } == [self.draining("w-1")])
        }
        for session in [first, second] { try await session.setDraining(false, of: self.one) }
        #expect(await first.members().first { _ in true } == [self.worker("w-1")])
    }

    func drainOfAnUnknownWorkerIsRefused(_ service: Service) async throws {
        let session = try await service.session()
        try await self.expectError(.notFound) { try await session.setDraining(true, of: self.one) }
        try await session.register(self.worker("w-2"))
        for isDraining in [true, false] {
            try await self.expectError(.notFound) { try await session.setDraining(isDraining, of: self.one) }
        }
        #expect(await session.members().first { _ in true } == [self.worker("w-2")])
        // Nothing is kept for a worker that comes later.
        try await session.register(self.worker("w-1"))
        #expect(await session.members().first { _ in true } == [self.worker("w-1")])
    }

    func drainIsKeptByANewDescription(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        try await first.register(self.worker("w-1"))
        try await second.setDraining(true, of: self.one)
        try await first.register(self.worker("w-1", capacity: 9))
        #expect(await second.members().first { $0.first?.capacity == 9 } == [self.draining("w-1", capacity: 9)])
        // What a worker says of that itself does not count.
        try await second.setDraining(false, of: self.one)
        try await first.register(self.draining("w-1", capacity: 10))
        #expect(await second.members().first { $0.first?.capacity == 10 } == [self.worker("w-1", capacity: 10)])
    }

    func drainEndsWithTheRegistration(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        try await first.register(self.worker("w-1"))
        try await second.setDraining(true, of: self.one)
        try await first.deregister()
        try await self.expectError(.notFound) { try await second.setDraining(true, of: self.one) }
        for session in [first, second] {
            try await session.register(self.worker("w-1"))
            #expect(await first.members().first { _ in true } == [self.worker("w-1")])
            try await session.deregister()
        }
        // Nor does another worker of the same session inherit it.
        try await first.register(self.worker("w-1"))
        try await second.setDraining(true, of: self.one)
        for name in ["w-2", "w-1"] {
            try await first.register(self.worker(name))
            #expect(await second.members().first { $0.first?.id.rawValue == name } == [self.worker(name)])
        }
    }

    func drainEndsWithTheSession(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        let members = second.members()
        try await first.register(self.worker("w-1"))
        try await second.setDraining(true, of: self.one)
        #expect(await members.first { $0.first?.isDraining == true } != nil)
        try await service.lose(first)
        #expect(await members.first { $0.isEmpty } != nil)
        try await self.expectError(.notFound) { try await second.setDraining(true, of: self.one) }
        try await second.register(self.worker("w-1", capacity: 9))
        #expect(await second.members().first { _ in true } == [self.worker("w-1", capacity: 9)])
        // It can be asked of the new one as of any other.
        try await second.setDraining(true, of: self.one)
        #expect(await second.members().first { _ in true } == [self.draining("w-1", capacity: 9)])
    }

    func drainTellsWhy(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        try await first.register(self.worker("w-1"))
        _ = try await second.campaign(as: self.candidate(2))
        let stalled = self.draining("w-1", because: .stalled)
        let members = second.members()
        #expect(await members.first { !$0.isEmpty } == [self.worker("w-1")])
        for _ in 0..<2 {
            try await second.setDraining(true, of: self.one, because: .stalled)
            #expect(await members.first { $0.first?.isDraining == true } == [stalled])
            #expect(await first.members().first { _ in true } == [stalled])
            // Its own end ends it, and so does the end of whatever drain there is.
            try await second.setDraining(false, of: self.one, because: .stalled)
            #expect(await members.first { $0.first?.isDraining == false } == [self.worker("w-1")])
            try await second.setDraining(true, of: self.one, because: .stalled)
            try await first.setDraining(false, of: self.one)
            #expect(await first.members().first { _ in true } == [self.worker("w-1")])
        }
        try await second.setDraining(true, of: self.one, because: .stalled)
        try await first.register(self.worker("w-1", capacity: 9))
        let described = self.draining("w-1", capacity: 9, because: .stalled)
        #expect(await first.members().first { _ in true } == [described])
    }

    func askedDrainOutweighsAStall(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        try await first.register(self.worker("w-1"))
        _ = try await second.campaign(as: self.candidate(2))
        try await second.setDraining(true, of: self.one, because: .stalled)
        try await second.setDraining(true, of: self.one)
        #expect(await second.members().first { _ in true } == [self.draining("w-1")])
        for isDraining in [true, false] {
            try await second.setDraining(isDraining, of: self.one, because: .stalled)
            #expect(await second.members().first { _ in true } == [self.draining("w-1")])
        }
        try await second.setDraining(false, of: self.one)
        #expect(await second.members().first { _ in true } == [self.worker("w-1")])
    }

    func drainMayBeRegistered(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        let members = second.members()
        try await first.register(self.draining("w-1"))
        // It drains from the beginning: nobody sees it without.
        #expect(await members.first { !$0.isEmpty } == [self.draining("w-1")])
        try await first.register(self.draining("w-1"))
        #expect(await first.members().first { _ in true } == [self.draining("w-1")])
        try await second.setDraining(false, of: self.one)
        #expect(await members.first { $0.first?.isDraining == false } == [self.worker("w-1")])
        // It ends with the registration like any other.
        try await second.setDraining(true, of: self.one)
        try await first.deregister()
        try await first.register(self.worker("w-1"))
        #expect(await second.members().first { _ in true } == [self.worker("w-1")])
        // In the place of a worker that was lost, as a process does whose session is.
        try await second.setDraining(true, of: self.one)
        try await service.lose(first)
        let third = try await service.session()
        try await third.register(self.draining("w-2"))
        #expect(await second.members().first { _ in true } == [self.draining("w-2")])
        try await self.expectError(.conflict) { try await second.register(self.draining("w-2")) }
    }

    func drainRequestsAreTold(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        try await first.register(self.worker("w-1"))
        _ = try await second.campaign(as: self.candidate(2))
        let requests = first.drainRequests(of: self.one)
        #expect(await requests.first { _ in true } == false)
        for _ in 0..<2 {
            // Nobody has asked for what a leader has found.
            try await second.setDraining(true, of: self.one, because: .stalled)
            try await second.setDraining(true, of: self.one)
            #expect(await requests.first { _ in true } == true)
            try await second.setDraining(false, of: self.one)
            #expect(await requests.first { _ in true } == false)
        }
        try await second.setDraining(true, of: self.one)
        #expect(await requests.first { _ in true } == true)
        #expect(await second.drainRequests(of: self.one).first { _ in true } == true)
        // What has ended with the session was not taken back.
        try await service.lose(first)
        #expect(await requests.first { _ in true } == nil)
    }

    func onlyTheLeaderTellsOfAStall(_ service: Service) async throws {
        let (former, later) = (try await service.session(), try await service.session())
        try await former.register(self.worker("w-1"))
        try await self.expectError(.fenced) {
            try await former.setDraining(true, of: self.one, because: .stalled)
        }
        _ = try await former.campaign(as: self.candidate(1))
        try await former.setDraining(true, of: self.one, because: .stalled)
        try await former.resign()
        _ = try await later.campaign(as: self.candidate(2))
        for isDraining in [false, true] {
            try await self.expectError(.fenced) {
                try await former.setDraining(isDraining, of: self.one, because: .stalled)
            }
        }
        #expect(await later.members().first { _ in true } == [self.draining("w-1", because: .stalled)])
        try await later.setDraining(false, of: self.one, because: .stalled)
        try await self.expectError(.fenced) {
            try await former.setDraining(true, of: self.one, because: .stalled)
        }
        #expect(await later.members().first { _ in true } == [self.worker("w-1")])
        // What is asked for is anybody's.
        try await former.setDraining(true, of: self.one)
        #expect(await later.members().first { _ in true } == [self.draining("w-1")])
    }

    func endOfAStallEndsNoDrainThatCameInBetween(_ service: Service) async throws {
        let (leader, server) = (try await service.session(), try await service.session())
        try await server.register(self.worker("w-1"))
        _ = try await leader.campaign(as: self.candidate(1))
        for round in 0..<100 {
            try await leader.setDraining(true, of: self.one, because: .stalled)
            _ = try await race(2) { number in
                if number == 0 {
                    try await leader.setDraining(false, of: self.one, because: .stalled)
                } else {
                    try await server.setDraining(true, of: self.one)
                }
            }
            // Whichever came first.
            let members = await leader.members().first { _ in true }
            #expect(members == [self.draining("w-1")], "round \(round)")
            if members != [self.draining("w-1")] { return }
            try await server.setDraining(false, of: self.one)
        }
    }

    func drainOutlivesWhoeverAskedForIt(_ service: Service) async throws {
        let (worker, server) = (try await service.session(), try await service.session())
        try await worker.register(self.worker("w-1"))
        try await server.setDraining(true, of: self.one)
        try await service.lose(server)
        #expect(await worker.members().first { _ in true } == [self.draining("w-1")])
        try await worker.setDraining(false, of: self.one)
        #expect(await worker.members().first { _ in true } == [self.worker("w-1")])
    }

    func raceOfDrainsEndsAsTheLastSaid(_ service: Service) async throws {
        let sessions = try await race(4) { _ in try await service.session() }
        try await sessions[0].register(self.worker("w-1"))
        for round in 0..<50 {
            _ = try await race(4) { try await sessions[$0].setDraining($0.isMultiple(of: 2), of: self.one) }
            // Whatever the order was, everybody is told the same, and the next word counts.
            let told = await sessions[1].members().first { _ in true }
            #expect(await sessions[2].members().first { _ in true } == told, "round \(round)")
            try await sessions[3].setDraining(round.isMultiple(of: 2), of: self.one)
            let last = await sessions[0].members().first { _ in true }
            #expect(last?.first?.isDraining == round.isMultiple(of: 2), "round \(round)")
        }
    }
}
