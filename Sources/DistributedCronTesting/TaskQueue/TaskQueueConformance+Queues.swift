import DistributedCron
import Testing

extension TaskQueueConformance {
    func workersAreListedInOrder(_ fixture: QueueFixture) async throws {
        for worker in ["w-9", "w-10", "a"] { try await fixture.queue.open(WorkerID(rawValue: worker)) }
        #expect(try await fixture.queue.workers().map(\.rawValue) == ["a", "w-1", "w-10", "w-2", "w-9"])
    }

    func openingTwiceChangesNothing(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<3)
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        let stream = try await fixture.queue.tasks(for: fixture.first)
        try await fixture.queue.open(fixture.first)
        try await fixture.expect(tasks)
        #expect(try await fixture.queue.workers() == [fixture.first, fixture.second])
        let later = fixture.tasks(3..<4)
        try await fixture.queue.enqueue(later, for: fixture.first)
        #expect(try await stream.next(4) == tasks + later)
    }

    func closingRemovesTheQueue(_ fixture: QueueFixture) async throws {
        try await fixture.queue.enqueue(fixture.tasks(0..<3), for: fixture.first)
        try await fixture.queue.close(fixture.first)
        #expect(try await fixture.queue.workers() == [fixture.second])
        try await fixture.expectError(.notFound) {
            try await fixture.queue.enqueue(fixture.tasks(0..<1), for: fixture.first)
        }
        try await fixture.queue.close(fixture.first)
        try await fixture.queue.close(fixture.unknown)
        try await fixture.queue.open(fixture.first)
        try await fixture.expect([])
    }

    func closingEndsTheSequences(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<2)
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        let idle = try await fixture.queue.tasks(for: fixture.first)
        let busy = try await fixture.queue.tasks(for: fixture.first)
        let delivered = try await withThrowingTaskGroup(of: [WorkerTask].self) { group in
            group.addTask {
                var delivered: [WorkerTask] = []
                for try await task in busy { delivered.append(task) }
                return delivered
            }
            #expect(try await idle.next(2) == tasks)
            try await fixture.queue.close(fixture.first)
            return try await group.reduce(into: []) { $0 += $1 }
        }
        for try await task in idle { Issue.record("\(task) came after the end") }
        #expect(delivered == Array(tasks.prefix(delivered.count)))
    }

    func absentQueueIsNotFound(_ fixture: QueueFixture) async throws {
        let tasks = fixture.tasks(0..<1)
        try await fixture.expectError(.notFound) { try await fixture.queue.enqueue(tasks, for: fixture.unknown) }
        try await fixture.expectError(.notFound) { _ = try await fixture.queue.tasks(for: fixture.unknown) }
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        try await fixture.expectError(.notFound) {
            try await fixture.queue.move(tasks.map(\.id), from: fixture.first, to: fixture.unknown)
        }
        try await fixture.expect(tasks)
    }

    // MARK: The bound

    func fullQueueTakesAllOrNothing(_ fixture: QueueFixture) async throws {
        let limit = QueueFixture.maximumTasks
        let tasks = fixture.tasks(0..<limit)
        try await fixture.queue.enqueue(Array(tasks.dropLast()), for: fixture.first)
        try await fixture.expectError(.full) {
            try await fixture.queue.enqueue(fixture.tasks(limit..<limit + 2), for: fixture.first)
        }
        try await fixture.expect(Array(tasks.dropLast()))
        try await fixture.queue.enqueue([tasks[limit - 1]], for: fixture.first)
        // What is there already takes no room.
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        try await fixture.expectError(.full) {
            try await fixture.queue.enqueue(fixture.tasks(limit..<limit + 1), for: fixture.first)
        }
        try await fixture.expect(tasks)
        try await fixture.queue.complete([tasks[0].id], for: fixture.first)
        let last = fixture.tasks(limit..<limit + 1)
        try await fixture.queue.enqueue(last, for: fixture.first)
        try await fixture.expect(Array(tasks.dropFirst()) + last)
    }

    func fullReceiverMovesNothing(_ fixture: QueueFixture) async throws {
        let limit = QueueFixture.maximumTasks
        let tasks = fixture.tasks(0..<3)
        let others = fixture.tasks(100..<100 + limit - 2)
        try await fixture.queue.enqueue(tasks, for: fixture.first)
        try await fixture.queue.enqueue(others, for: fixture.second)
        try await fixture.expectError(.full) {
            try await fixture.queue.move(tasks.map(\.id), from: fixture.first, to: fixture.second)
        }
        // However far it came, every task is in one of the two.
        let left = try await fixture.queue.pendingTasks(for: fixture.first)
        let moved = try await fixture.queue.pendingTasks(for: fixture.second).filter { !others.contains($0) }
        #expect(Set(left + moved) == Set(tasks))
        #expect(left.count + moved.count == tasks.count)
    }

    func raceForTheLastPlacesKeepsTheBound(_ fixture: QueueFixture) async throws {
        let limit = QueueFixture.maximumTasks
        let results = try await race(10) { number -> Bool in
            do {
                try await fixture.queue.enqueue(fixture.tasks(number * 7..<number * 7 + 7), for: fixture.first)
                return true
            } catch let error as TaskQueueError where error.code == .full {
                return false
            }
        }
        let pending = try await fixture.queue.pendingTasks(for: fixture.first)
        #expect(pending.count == limit / 7 * 7)
        #expect(results.count { $0 } == limit / 7)
    }
}
