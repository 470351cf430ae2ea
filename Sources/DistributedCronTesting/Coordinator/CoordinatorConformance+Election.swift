import DistributedCron
import Testing

extension CoordinatorConformance {
    func firstCandidateLeads(_ service: Service) async throws {
        let (session, other) = (try await service.session(), try await service.session())
        #expect(try await session.leader() == nil)
        let token = try await session.campaign(as: self.candidate(1))
        #expect(token > .none)
        #expect(try await session.leader() == self.candidate(1))
        #expect(try await other.leader() == self.candidate(1))
    }

    func candidatesLeadOneAtATimeWithRisingTokens(_ service: Service) async throws {
        let count = 8
        let leading = LeaderLog()
        _ = try await race(count) { number in
            let session = try await service.session()
            let token = try await session.campaign(as: self.candidate(number))
            #expect(leading.begin(token) == 1, "nobody else leads")
            #expect(try await session.leader() == self.candidate(number))
            await giveWay(5)
            leading.end()
            try await session.resign()
        }
        let tokens = leading.tokens
        #expect(tokens.count == count)
        #expect(tokens == tokens.sorted() && Set(tokens).count == count)
        #expect(try await service.session().leader() == nil)
    }

    func tokensRiseForTheSameCandidate(_ service: Service) async throws {
        let session = try await service.session()
        let first = try await session.campaign(as: self.candidate(1))
        try await session.resign()
        #expect(try await session.leader() == nil)
        let second = try await session.campaign(as: self.candidate(1))
        #expect(second > first)
    }

    func resignationHandsOver(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        let token = try await first.campaign(as: self.candidate(1))
        try await withThrowingTaskGroup(of: LeaderToken.self) { group in
            group.addTask { try await second.campaign(as: self.candidate(2)) }
            await giveWay(20)
            #expect(try await first.leader() == self.candidate(1))
            try await first.resign()
            let next = try #require(try await group.next())
            #expect(next > token)
            #expect(try await first.leader() == self.candidate(2))
        }
        // Who does not lead gives up nothing, and takes nothing from who does.
        try await first.resign()
        #expect(try await first.leader() == self.candidate(2))
    }

    func resignationEndsStanding(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        _ = try await first.campaign(as: self.candidate(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: (any Error).self) { _ = try await second.campaign(as: self.candidate(2)) }
            }
            group.addTask {
                // It may not stand yet, so once is not enough.
                while !Task.isCancelled {
                    try await second.resign()
                    await Task.yield()
                }
            }
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(try await first.leader() == self.candidate(1))
        try await first.resign()
        #expect(try await first.leader() == nil)
    }

    func cancelledCandidateStandsNoMore(_ service: Service) async throws {
        let first = try await service.session()
        for turns in 0..<12 {
            let second = try await service.session()
            _ = try await first.campaign(as: self.candidate(1))
            let result = await cancelled(afterTurns: turns * 3) { try await second.campaign(as: self.candidate(2)) }
            #expect(throws: CancellationError.self) { _ = try result.get() }
            #expect(try await first.leader() == self.candidate(1))
            try await first.resign()
            #expect(try await first.leader() == nil, "after \(turns * 3) turns")
        }
    }

    func lossOfTheLeaderHandsOver(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        let token = try await first.campaign(as: self.candidate(1))
        try await withThrowingTaskGroup(of: LeaderToken.self) { group in
            group.addTask { try await second.campaign(as: self.candidate(2)) }
            await giveWay(20)
            try await service.lose(first)
            let next = try #require(try await group.next())
            #expect(next > token)
        }
        #expect(try await second.leader() == self.candidate(2))
    }

    func lossOfTheOnlyCandidateLeavesNoLeader(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        _ = try await first.campaign(as: self.candidate(1))
        try await service.lose(first)
        #expect(try await second.leader() == nil)
        _ = try await second.campaign(as: self.candidate(2))
    }

    func lossEndsStanding(_ service: Service) async throws {
        let first = try await service.session()
        _ = try await first.campaign(as: self.candidate(1))
        for turns in 0..<12 {
            let second = try await service.session()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await self.expectError(.sessionLost) { _ = try await second.campaign(as: self.candidate(2)) }
                }
                await giveWay(turns * 3)
                try await service.lose(second)
                try await group.waitForAll()
            }
        }
        try await first.resign()
        #expect(try await first.leader() == nil)
    }

    func raceOfLossAndCampaignLeavesNoLeader(_ service: Service) async throws {
        let witness = try await service.session()
        for round in 0..<200 {
            let session = try await service.session()
            _ = try await race(2) { number in
                if number == 0 {
                    try await service.lose(session)
                } else {
                    _ = try? await session.campaign(as: self.candidate(round))
                }
            }
            let leader = try await witness.leader()
            #expect(leader == nil, "round \(round)")
            if leader != nil { return }
        }
    }
}

/// Who leads, seen from outside.
private final class LeaderLog: Sendable {
    private let state = Lock<(leading: Int, tokens: [LeaderToken])>((0, []))

    var tokens: [LeaderToken] { self.state.withLock { $0.tokens } }

    /// Notes an election; returns how many lead now.
    func begin(_ token: LeaderToken) -> Int {
        self.state.withLock { state in
            state.tokens.append(token)
            state.leading += 1
            return state.leading
        }
    }

    func end() { self.state.withLock { $0.leading -= 1 } }
}
