import DistributedCron
import Testing

extension TaskQueueConformance {
    // MARK: Arriving

    func tasksKeepTheirOrderAndContent(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<20)
        try await fixture.queue.enqueue([], for: fixture.first)
        try await fixture.expect([])
        try await fixture.queue.enqueue(Array(tasks[..<7]), for: fixture.first)
        for task in tasks[7...] { try await fixture.queue.enqueue([task], for: fixture.first) }
        try await fixture.expect(tasks)
        #expect(try await fixture.queue.tasks(for: fixture.first).next(20) == tasks)
    }

    func repeatedTaskIsLeftAsItIs(_ fixture: QueueFixture) async throws {
        let claimOf = { (times: [Int64]) in
            WorkerTask.claim(
                slot: SlotID(index: 1),
                worker: fixture.first,
                epoch: Epoch(rawValue: 1),
                sequence: 1,
                runs: times.map { time in
                    let run = RunID(job: JobID(rawValue: 1), scheduledAt: Instant(epochSeconds: time))
                    return AttemptKey(run: run, number: 1, epoch: Epoch(rawValue: 1))
                }
            )
        }
        let claim = claimOf([0])
        let other = claimOf([0, 60])
        try #require(claim.id == other.id && claim != other)
        let tasks = [claim] + fixture.tasks(0..<3)
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        let stream = try await fixture.queue.tasks(for: fixture.first)
        // As after an unknown outcome, with two more: what begins with another run is another task.
        let last = [claimOf([60])] + fixture.tasks(3..<4)
        try await fixture.queue.enqueue([other] + tasks.dropFirst() + last, for: fixture.first)
        try await fixture.expect(tasks + last)
        #expect(try await stream.next(6) == tasks + last)
        #expect(try await stream.buffered().isEmpty)
    }

    func taskRepeatedInOneCallIsAddedOnce(_ fixture: QueueFixture) async throws {
        let stream = try await fixture.queue.tasks(for: fixture.first)
        let tasks = fixture.tasks(0..<2)
        try await fixture.queue.enqueue([tasks[0], tasks[1], tasks[0]], for: fixture.first)
        try await fixture.expect(tasks)
        let last = fixture.tasks(2..<3)
        try await fixture.queue.enqueue(last, for: fixture.first)
        #expect(try await stream.next(3) == tasks + last)
    }

    func sameTaskMayGoToTwoWorkers(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<3)
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        try await fixture.queue.enqueue(tasks, for: fixture.second)
        try await fixture.queue.complete([tasks[1].id], for: fixture.first)
        try await fixture.expect([tasks[0], tasks[2]], tasks)
    }

    // MARK: Being delivered

    func sequenceDeliversWhatIsThereThenWhatComes(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<12)
        try await fixture.queue.enqueue(Array(tasks[..<4]), for: fixture.first)
        let stream = try await fixture.queue.tasks(for: fixture.first)
        #expect(try await stream.next(2) == Array(tasks[..<2]))
        try await fixture.queue.enqueue(Array(tasks[4..<8]), for: fixture.first)
        try await fixture.queue.enqueue(fixture.tasks(50..<52), for: fixture.second)
        #expect(try await stream.next(6) == Array(tasks[2..<8]))
        // One that waits already is told too.
        let delivered = try await withThrowingTaskGroup(of: [WorkerTask].self) { group in
            group.addTask { try await stream.next(4) }
            await giveWay(10)
            for task in tasks[8...] { try await fixture.queue.enqueue([task], for: fixture.first) }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(delivered == Array(tasks[8...]))
        #expect(try await stream.buffered().isEmpty, "each comes once")
    }

    func raceOfTasksAndTheirSequenceDeliversEachOnce(_ fixture: QueueFixture) async throws {
        for round in 0..<20 {
            let all = fixture.tasks(round * 1_000..<round * 1_000 + 32)
            let delivered = try await withThrowingTaskGroup(of: [WorkerTask].self) { group in
                for part in 0..<4 {
                    let tasks = Array(all[part * 8..<part * 8 + 8])
                    group.addTask {
                        for task in tasks { try await fixture.queue.enqueue([task], for: fixture.first) }
                        return []
                    }
                }
                await giveWay(round)
                let stream = try await fixture.queue.tasks(for: fixture.first)
                var delivered = try await stream.next(32)
                try await group.waitForAll()
                delivered += try await stream.buffered()
                return delivered
            }
            #expect(delivered.count == 32, "round \(round)")
            #expect(Set(delivered) == Set(all), "round \(round)")
            #expect(delivered == (try await fixture.queue.pendingTasks(for: fixture.first)), "round \(round)")
            try await fixture.queue.complete(all.map(\.id), for: fixture.first)
        }
    }

    func tasksSurviveTheirConsumer(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<6)
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        #expect(try await fixture.queue.tasks(for: fixture.first).next(4) == Array(tasks[..<4]))
        _ = try await fixture.queue.tasks(for: fixture.first).buffered()
        try await fixture.expect(tasks)
        try await fixture.queue.complete([tasks[1].id, tasks[4].id], for: fixture.first)
        let rest = [tasks[0], tasks[2], tasks[3], tasks[5]]
        #expect(try await fixture.queue.tasks(for: fixture.first).next(4) == rest)
    }

    // MARK: Being completed

    func completedTasksAreGone(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<5)
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        try await fixture.queue.complete([tasks[3].id, tasks[0].id], for: fixture.first)
        try await fixture.expect([tasks[1], tasks[2], tasks[4]])
        // Completed, so it is no repetition any more.
        try await fixture.queue.enqueue([tasks[0]], for: fixture.first)
        try await fixture.expect([tasks[1], tasks[2], tasks[4], tasks[0]])
    }

    func completionOfAbsentTasksSucceeds(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<3)
        try await fixture.queue.enqueue(Array(tasks[..<2]), for: fixture.first)
        try await fixture.queue.complete([tasks[2].id, tasks[0].id], for: fixture.first)
        try await fixture.queue.complete([tasks[0].id], for: fixture.first)
        try await fixture.queue.complete([], for: fixture.first)
        try await fixture.queue.complete([tasks[1].id], for: fixture.second)
        try await fixture.queue.complete([tasks[1].id], for: fixture.unknown)
        try await fixture.expect([tasks[1]])
    }

    // MARK: Being moved

    func movedTasksComeToTheEnd(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<5)
        let others = fixture.tasks(20..<22)
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        try await fixture.queue.enqueue(others, for: fixture.second)
        let stream = try await fixture.queue.tasks(for: fixture.second)
        let moved = [tasks[1], tasks[3], tasks[4]]
        try await fixture.queue.move(moved.map(\.id), from: fixture.first, to: fixture.second)
        try await fixture.expect([tasks[0], tasks[2]], others + moved)
        #expect(try await stream.next(5) == others + moved)
        // Once they are there they are not moved again.
        try await fixture.queue.move(moved.map(\.id), from: fixture.first, to: fixture.second)
        try await fixture.expect([tasks[0], tasks[2]], others + moved)
        #expect(try await stream.buffered().isEmpty)
    }

    func moveLeavesOutAbsentTasks(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<4)
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        try await fixture.queue.complete([tasks[1].id], for: fixture.first)
        let moved = [tasks[0], tasks[1]] + fixture.tasks(9..<10)
        try await fixture.queue.move(moved.map(\.id), from: fixture.first, to: fixture.second)
        try await fixture.expect([tasks[2], tasks[3]], [tasks[0]])
    }

    func moveToTheSameQueueLosesNothing(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<3)
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        try await fixture.queue.move(tasks.map(\.id), from: fixture.first, to: fixture.first)
        #expect(Set(try await fixture.queue.pendingTasks(for: fixture.first)) == Set(tasks))
    }

    func moveOfATaskThatIsThereAlreadyLeavesOne(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<3)
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        try await fixture.queue.enqueue([tasks[1]], for: fixture.second)
        try await fixture.queue.move(tasks.map(\.id), from: fixture.first, to: fixture.second)
        try await fixture.expect([], [tasks[1], tasks[0], tasks[2]])
    }

    func raceOfMovesLeavesEachTaskInOneQueue(_ fixture: QueueFixture) async throws {
        for round in 0..<30 {
            let tasks = fixture.tasks(round * 100..<round * 100 + 10)
            let third = WorkerID(rawValue: "w-round-\(round)")
            try await fixture.queue.open(third)
            try await fixture.queue.enqueue(tasks, for: fixture.first)
            _ = try await race(4) { number in
                let destination = number.isMultiple(of: 2) ? fixture.second : third
                try await fixture.queue.move(tasks.map(\.id), from: fixture.first, to: destination)
            }
            var found: [WorkerTask] = []
            for worker in [fixture.first, fixture.second, third] {
                found += try await fixture.queue.pendingTasks(for: worker)
                try await fixture.queue.complete(tasks.map(\.id), for: worker)
            }
            #expect(found.count == tasks.count, "round \(round)")
            #expect(Set(found) == Set(tasks), "round \(round)")
        }
    }
}
