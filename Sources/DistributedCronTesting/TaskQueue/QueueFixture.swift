import DistributedCron
import Testing

/// A service with the queues of two workers, both empty.
struct QueueFixture: Sendable {
    /// How many tasks a queue holds.
    static let maximumTasks = 40

    let queue: any TaskQueue
    let first = WorkerID(rawValue: "w-1")
    let second = WorkerID(rawValue: "w-2")
    /// A worker that has no queue.
    let unknown = WorkerID(rawValue: "w-3")

    /// Tasks of every kind, with identities that do not sort in the order of the tasks.
    func tasks(_ numbers: Range<Int>) -> [WorkerTask] {
        numbers.map { number in
            let slot = SlotID(index: 97 - number % 97)
            let epoch = Epoch(rawValue: UInt64(number))
            switch number % 3 {
            case 0: return .sync(slot: slot, epoch: epoch, revision: Revision(rawValue: UInt64(number)))
            case 1: return .adopt(WorkerID(rawValue: "dead-\(number)"))
            default:
                let job = JobID(rawValue: UInt128(number))
                let runs = [
                    AttemptKey(
                        run: RunID(job: job, scheduledAt: Instant(epochSeconds: 60)),
                        number: 1,
                        epoch: epoch
                    ),
                    AttemptKey(
                        run: RunID(
                            job: job,
                            scheduledAt: Instant(epochSeconds: 61),
                            trigger: TriggerID(rawValue: .max)
                        ),
                        number: 2,
                        epoch: epoch
                    ),
                ]
                return .claim(
                    slot: slot,
                    worker: WorkerID(rawValue: "w-claimer"),
                    epoch: epoch,
                    sequence: UInt64(number),
                    runs: runs
                )
            }
        }
    }

    func expectError(
        _ code: TaskQueueError.Code,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async throws {
        let error = await #expect(throws: TaskQueueError.self, sourceLocation: sourceLocation) { try await body() }
        #expect(error?.code == code, sourceLocation: sourceLocation)
    }

    /// Expects what both queues hold.
    func expect(
        _ first: [WorkerTask],
        _ second: [WorkerTask] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(try await self.queue.pendingTasks(for: self.first) == first, sourceLocation: sourceLocation)
        #expect(try await self.queue.pendingTasks(for: self.second) == second, sourceLocation: sourceLocation)
    }
}
