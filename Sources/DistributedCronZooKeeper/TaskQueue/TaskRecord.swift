#if ZooKeeper
import DistributedCron
import Logging

/// A task's node as it was read.
struct TaskNode {
    let name: String
    let record: Result<TaskRecord, any Error>

    /// What the node holds; nil, with a message to the operator, if that cannot be read.
    func readable(_ logger: Logger) -> TaskRecord? {
        do {
            return try self.record.get()
        } catch {
            logger.error(
                "A task cannot be read, and is left alone",
                metadata: ["task": "\(self.name)", "error": "\(error)"]
            )
            return nil
        }
    }
}

/// What a node `tasks/<id>/<name>` holds: the task, and its place in the order of their coming.
struct TaskRecord: Sendable, Hashable {
    private static let format: UInt8 = 1

    let place: UInt64
    let task: WorkerTask

    init(place: UInt64, task: WorkerTask) {
        self.place = place
        self.task = task
    }

    init(_ bytes: [UInt8]) throws {
        do {
            var reader = RecordReader(bytes[...])
            let format = try reader.byte()
            guard format == Self.format else { throw RecordReader.Malformed(what: "the format is \(format)") }
            self.place = try reader.unsigned()
            self.task = try Self.task(&reader)
        } catch let error as RecordReader.Malformed {
            throw ZooKeeperError(.malformed, operation: "read a task", message: error.what)
        }
    }

    var bytes: [UInt8] {
        var writer = RecordWriter()
        writer.byte(Self.format)
        writer.unsigned(self.place)
        switch self.task {
        case .sync(let slot, let epoch, let revision):
            writer.byte(0)
            Self.write(slot, epoch, &writer)
            writer.unsigned(revision.rawValue)
        case .claim(let slot, let worker, let epoch, let sequence, let runs):
            writer.byte(1)
            Self.write(slot, epoch, &writer)
            writer.text(worker.rawValue)
            writer.unsigned(sequence)
            writer.list(runs) { writer, key in
                writer.id(key.run)
                writer.int(key.number)
                writer.unsigned(key.epoch.rawValue)
            }
        case .adopt(let worker):
            writer.byte(2)
            writer.text(worker.rawValue)
        }
        return writer.bytes
    }

    private static func write(_ slot: SlotID, _ epoch: Epoch, _ writer: inout RecordWriter) {
        writer.text(slot.pool.rawValue)
        writer.int(slot.index)
        writer.unsigned(epoch.rawValue)
    }

    private static func task(_ reader: inout RecordReader) throws(RecordReader.Malformed) -> WorkerTask {
        switch try reader.byte() {
        case 0:
            return .sync(
                slot: try self.slot(&reader),
                epoch: Epoch(rawValue: try reader.unsigned()),
                revision: Revision(rawValue: try reader.unsigned())
            )
        case 1:
            let slot = try self.slot(&reader)
            let epoch = Epoch(rawValue: try reader.unsigned())
            return .claim(
                slot: slot,
                worker: WorkerID(rawValue: try reader.text()),
                epoch: epoch,
                sequence: try reader.unsigned(),
                runs: try reader.list { reader throws(RecordReader.Malformed) in
                    AttemptKey(
                        run: try reader.runID(),
                        number: try reader.int(),
                        epoch: Epoch(rawValue: try reader.unsigned())
                    )
                }
            )
        case 2: return .adopt(WorkerID(rawValue: try reader.text()))
        case let other: throw RecordReader.Malformed(what: "\(other) is no kind of task")
        }
    }

    private static func slot(_ reader: inout RecordReader) throws(RecordReader.Malformed) -> SlotID {
        SlotID(pool: PoolID(rawValue: try reader.text()), index: try reader.int())
    }
}
#endif
