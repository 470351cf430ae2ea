#if ZooKeeper
import DistributedCron
import Testing

@testable import DistributedCronZooKeeper

/// What tasks and assignments are as bytes.
@Suite struct RecordTests {
    static func claim(runs: Int, number: Int = 1) -> WorkerTask {
        let keys = (0..<runs).map { run in
            let id = RunID(
                job: JobID(rawValue: .max - UInt128(run)),
                scheduledAt: Instant(epochSeconds: 4_000_000_000 + Int64(run)),
                trigger: TriggerID(rawValue: .max)
            )
            return AttemptKey(run: id, number: 3, epoch: Epoch(rawValue: 4_000_000_000_000))
        }
        return .claim(
            slot: SlotID(index: number),
            worker: WorkerID(rawValue: "w-0123456789abcdef"),
            epoch: Epoch(rawValue: 4_000_000_000_000),
            sequence: .max,
            runs: keys
        )
    }

    @Test("Tasks of every kind are read as they were written")
    func keepsTasks() throws {
        let slot = SlotID(pool: PoolID(rawValue: "big"), index: 16_383)
        let tasks: [WorkerTask] = [
            .sync(slot: slot, epoch: Epoch(rawValue: .max), revision: Revision(rawValue: .max)),
            .adopt(WorkerID(rawValue: "w-0123456789abcdef")), Self.claim(runs: 0), Self.claim(runs: 1_000),
        ]
        for (place, task) in tasks.enumerated() {
            let record = TaskRecord(place: UInt64(place) << 60, task: task)
            #expect(try TaskRecord(record.bytes) == record)
        }
    }

    @Test("A claim of 10,000 runs fits into a node, and 16,384 slots into an assignment with much room")
    func fit() throws {
        #expect(TaskRecord(place: .max, task: Self.claim(runs: 10_000)).bytes.count < ZooKeeperSession.maximumBytes)
        // The slots of two pools, whose epochs were given at times that have nothing to do with each other.
        let slots = (0..<16_384).map { index in
            let slot = SlotID(pool: PoolID(rawValue: index.isMultiple(of: 2) ? "default" : "big"), index: index)
            return (slot, Epoch(rawValue: 2_000_000_000_000 &+ UInt64(index) &* 7_919_000_003 % 10_000_000_000))
        }
        let assignment = Assignment(
            token: LeaderToken(incarnation: 1, sequence: 1 << 50),
            slots: Dictionary(uniqueKeysWithValues: slots)
        )
        let bytes = AssignmentRecord.encode(assignment)
        #expect(bytes.count < 128 * 1_024, "\(bytes.count)")
        #expect(try AssignmentRecord.decode(bytes) == assignment)
        let atOnce = Assignment(
            token: assignment.token,
            slots: assignment.slots.mapValues { _ in Epoch(rawValue: 1 << 41) }
        )
        #expect(AssignmentRecord.encode(atOnce).count < 33 * 1_024)
    }

    @Test("Bytes of another format, or cut off anywhere, are refused")
    func refuses() throws {
        let task = TaskRecord(place: 300, task: Self.claim(runs: 2)).bytes
        let assignment = AssignmentRecord.encode(
            Assignment(
                token: LeaderToken(incarnation: 300, sequence: 300),
                slots: [SlotID(index: 300): Epoch(rawValue: 300)]
            )
        )
        for count in 0..<task.count {
            #expect(throws: ZooKeeperError.self) { try TaskRecord(Array(task.prefix(count))) }
        }
        for count in 0..<assignment.count {
            #expect(throws: ZooKeeperError.self) { try AssignmentRecord.decode(Array(assignment.prefix(count))) }
        }
        #expect(throws: ZooKeeperError.self) { try TaskRecord([9] + task.dropFirst()) }
        #expect(throws: ZooKeeperError.self) { try AssignmentRecord.decode([9] + assignment.dropFirst()) }
        #expect(throws: ZooKeeperError.self) { try AssignmentRecord.token(of: []) }
    }
}
#endif
