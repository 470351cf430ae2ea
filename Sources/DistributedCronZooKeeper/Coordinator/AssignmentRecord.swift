#if ZooKeeper
import DistributedCron

/// What a node `assign/<id>` holds.
///
/// The leader's token, and for each pool the slots in rising order: each as the distance from the one before, with the
/// change of the epoch. Slots that were given to a worker together take two or three bytes each.
enum AssignmentRecord {
    private static let format: UInt8 = 1

    static func encode(_ assignment: Assignment) -> [UInt8] {
        var writer = RecordWriter()
        writer.byte(self.format)
        writer.unsigned(assignment.token.incarnation)
        writer.unsigned(assignment.token.sequence)
        let pools = Dictionary(grouping: assignment.slots, by: \.key.pool).sorted { $0.key < $1.key }
        writer.list(pools) { writer, pool in
            writer.text(pool.key.rawValue)
            var (index, epoch) = (0, UInt64(0))
            writer.list(pool.value.sorted { $0.key < $1.key }) { writer, slot in
                writer.int(slot.key.index - index)
                writer.signed(Int64(bitPattern: slot.value.rawValue &- epoch))
                (index, epoch) = (slot.key.index, slot.value.rawValue)
            }
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws -> Assignment {
        try self.reading {
            var reader = RecordReader(bytes[...])
            let token = try self.token(&reader)
            var slots: [SlotID: Epoch] = [:]
            _ = try reader.list { reader throws(RecordReader.Malformed) in
                let pool = PoolID(rawValue: try reader.text())
                var (index, epoch) = (0, UInt64(0))
                _ = try reader.list { reader throws(RecordReader.Malformed) in
                    index &+= try reader.int()
                    epoch &+= UInt64(bitPattern: try reader.signed())
                    slots[SlotID(pool: pool, index: index)] = Epoch(rawValue: epoch)
                }
            }
            return Assignment(token: token, slots: slots)
        }
    }

    /// The leader that has written a record.
    static func token(of bytes: [UInt8]) throws -> LeaderToken {
        try self.reading {
            var reader = RecordReader(bytes[...])
            return try self.token(&reader)
        }
    }

    private static func token(_ reader: inout RecordReader) throws(RecordReader.Malformed) -> LeaderToken {
        let format = try reader.byte()
        guard format == self.format else { throw RecordReader.Malformed(what: "the format is \(format)") }
        return LeaderToken(incarnation: try reader.unsigned(), sequence: try reader.unsigned())
    }

    private static func reading<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as RecordReader.Malformed {
            throw ZooKeeperError(.malformed, operation: "read an assignment", message: error.what)
        }
    }
}
#endif
