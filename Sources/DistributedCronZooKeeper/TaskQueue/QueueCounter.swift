#if ZooKeeper
import DistributedCron

/// What is known of a queue's own node: whoever adds tasks sets it, so two who add at once cannot both succeed.
struct QueueCounter: Sendable, Hashable {
    private static let format: UInt8 = 1

    /// The version to set it over.
    var version: Int32
    /// The place of the next task.
    var nextPlace: UInt64
    /// How many tasks the queue holds at most, until its version changes: some may have been completed since.
    var count: Int

    init(_ node: Node) throws {
        var reader = RecordReader(node.data[...])
        do throws(RecordReader.Malformed) {
            let format = try reader.byte()
            guard format == Self.format else { throw RecordReader.Malformed(what: "the format is \(format)") }
            self.nextPlace = try reader.unsigned()
        } catch {
            throw ZooKeeperError(.malformed, operation: "read a queue's counter", message: error.what)
        }
        self.version = node.stat.version
        self.count = node.stat.childCount
    }

    /// What a queue begins with.
    static let first = Self.bytes(nextPlace: 0)

    /// What its node holds.
    var bytes: [UInt8] { Self.bytes(nextPlace: self.nextPlace) }

    private static func bytes(nextPlace: UInt64) -> [UInt8] {
        var writer = RecordWriter()
        writer.byte(self.format)
        writer.unsigned(nextPlace)
        return writer.bytes
    }

    /// The operations that add tasks to a queue, and what is known of it once they have been carried out.
    func adding(_ tasks: [WorkerTask], to path: String) -> (operations: [NodeOperation], counter: QueueCounter) {
        var next = self
        var creations: [NodeOperation] = []
        for task in tasks {
            let record = TaskRecord(place: next.nextPlace, task: task)
            creations.append(.create("\(path)/\(task.id)", data: record.bytes))
            next.nextPlace += 1
        }
        next.count += tasks.count
        let set = NodeOperation.set(path, data: next.bytes, version: self.version)
        next.version += 1
        return ([set] + creations, next)
    }
}
#endif
