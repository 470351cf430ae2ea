import DistributedCron
import Testing

extension CoordinatorConformance {
    private func assignment(_ sequence: UInt64, slots: Int = 3) -> Assignment {
        Assignment(
            token: LeaderToken(incarnation: 1, sequence: sequence),
            slots: (0..<slots).reduce(into: [:]) { $0[SlotID(index: $1 * 7)] = Epoch(rawValue: sequence + UInt64($1)) }
        )
    }
    private var worker: WorkerID { WorkerID(rawValue: "w-1") }

    func publishedAssignmentIsTold(_ service: Service) async throws {
        let (leader, worker) = (try await service.session(), try await service.session())
        let assignments = worker.assignments(for: self.worker)
        let others = worker.assignments(for: WorkerID(rawValue: "w-2"))
        for sequence: UInt64 in 1...5 {
            try await leader.publish(self.assignment(sequence), for: self.worker)
            let told = await assignments.first { $0.token.sequence == sequence }
            #expect(told == self.assignment(sequence))
        }
        // A new stream begins with the present.
        #expect(await worker.assignments(for: self.worker).first { _ in true } == self.assignment(5))
        try await leader.publish(self.assignment(9, slots: 0), for: WorkerID(rawValue: "w-2"))
        #expect(await others.first { _ in true } == self.assignment(9, slots: 0))
    }

    func bigAssignmentIsToldWhole(_ service: Service) async throws {
        let session = try await service.session()
        try await session.publish(self.assignment(1, slots: 16_384), for: self.worker)
        #expect(await session.assignments(for: self.worker).first { _ in true } == self.assignment(1, slots: 16_384))
    }

    func earlierLeaderMayNotPublish(_ service: Service) async throws {
        let (former, later) = (try await service.session(), try await service.session())
        try await former.publish(self.assignment(4), for: self.worker)
        try await later.publish(self.assignment(5), for: self.worker)
        try await self.expectError(.fenced) { try await former.publish(self.assignment(4), for: self.worker) }
        #expect(await former.assignments(for: self.worker).first { _ in true } == self.assignment(5))
        // The same leader may publish as often as it likes, and to others it is still the newest.
        try await later.publish(self.assignment(5, slots: 1), for: self.worker)
        try await former.publish(self.assignment(4), for: WorkerID(rawValue: "w-2"))
        let rebuilt = Assignment(token: LeaderToken(incarnation: 2, sequence: 1), slots: [:])
        try await later.publish(rebuilt, for: self.worker)
        #expect(await later.assignments(for: self.worker).first { $0.token.incarnation == 2 } == rebuilt)
        try await self.expectError(.fenced) { try await former.publish(self.assignment(6), for: self.worker) }
    }

    func raceOfLeadersEndsWithTheLatest(_ service: Service) async throws {
        let sessions = try await race(4) { _ in try await service.session() }
        for round in 0..<200 {
            let worker = WorkerID(rawValue: "w-\(round)")
            _ = try await race(4) { number in
                do {
                    try await sessions[number].publish(self.assignment(UInt64(number + 1)), for: worker)
                } catch let error as CoordinatorError where error.code == .fenced {}
            }
            // Whatever the order, nothing of an earlier leader follows what the latest has published.
            let newest = await sessions[0].assignments(for: worker).first { _ in true }
            #expect(newest == self.assignment(4), "round \(round)")
            if newest != self.assignment(4) { return }
        }
    }

    func assignmentOutlivesItsLeader(_ service: Service) async throws {
        let (leader, worker) = (try await service.session(), try await service.session())
        try await leader.publish(self.assignment(1), for: self.worker)
        try await service.lose(leader)
        #expect(await worker.assignments(for: self.worker).first { _ in true } == self.assignment(1))
    }

    func unpublishedAssignmentIsGone(_ service: Service) async throws {
        let session = try await service.session()
        try await session.publish(self.assignment(1), for: self.worker)
        for _ in 0..<2 { try await session.unpublish(self.worker) }
        try await session.unpublish(WorkerID(rawValue: "w-2"))
        let assignments = session.assignments(for: self.worker)
        try await session.publish(self.assignment(2), for: self.worker)
        #expect(await assignments.first { _ in true } == self.assignment(2))
    }

    // MARK: The change signal

    func signalIsHeardInEverySession(_ service: Service) async throws {
        let (first, second) = (try await service.session(), try await service.session())
        let streams = [first.changes(), first.changes(), second.changes()]
        for _ in 0..<3 {
            try await second.signalChange()
            for stream in streams { try #require(await stream.first { true } != nil) }
        }
    }

    func signalsThatComeTogetherCountOnce(_ service: Service) async throws {
        let session = try await service.session()
        let changes = session.changes()
        for _ in 0..<100 { try await session.signalChange() }
        try #require(await changes.first { true } != nil)
        #expect(await changes.buffered().count <= 1)
    }

    func raceOfSignalsLosesNone(_ service: Service) async throws {
        let (listener, talker) = (try await service.session(), try await service.session())
        let changes = listener.changes()
        let store = Counter()
        let goal = 4 * 250
        let seen = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<250 {
                        store.increment()
                        try await talker.signalChange()
                    }
                    return 0
                }
            }
            var seen = 0
            // What was stored before a signal is seen by whoever looks after it.
            for await _ in changes {
                seen = store.value
                if seen == goal { break }
            }
            try await group.waitForAll()
            return seen
        }
        #expect(seen == goal)
    }
}

/// Stands for a store that changes.
private final class Counter: Sendable {
    private let count = Lock(0)

    var value: Int { self.count.withLock { $0 } }

    func increment() { self.count.withLock { $0 += 1 } }
}
