#if MariaDB
import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How slots are read.
enum SlotRows {
    static let columns = """
        s.pool, s.place, s.worker, s.epoch, s.leader_incarnation, s.leader_sequence, s.accounted_until, s.claim_sequence,
        s.revision
        """

    static func read(_ row: ResultRow) throws -> Slot {
        Slot(
            id: SlotID(pool: PoolID(rawValue: try row.text(0)), index: try row.int(1)),
            worker: try row.optionalWorker(2),
            epoch: Epoch(rawValue: try row.uint64(3)),
            leaderToken: LeaderToken(incarnation: try row.uint64(4), sequence: try row.uint64(5)),
            accountedUntil: try row.instant(6),
            claimSequence: try row.uint64(7),
            revision: Revision(rawValue: try row.uint64(8))
        )
    }
}

/// A slot's row, and the time of the store's clock at which it was read.
struct LockedSlot {
    var slot: Slot
    let now: Date

    /// The first second that is neither past nor accounted for already: where versions begin and end.
    var boundary: Instant { max(Instant(ceiling: self.now), self.slot.accountedUntil + 1) }
}

extension Session {
    /// Microseconds since 1970 by the store's clock.
    static let nowExpression = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', NOW(6))"

    /// The store's clock.
    func now() throws -> Date {
        try self.query("SELECT \(Self.nowExpression)") { Date(microseconds: try $0.int64(0)) }.first ?? .distantPast
    }

    /// Reads a slot as it was last committed, and keeps it from changing until the unit of work ends.
    func lockSlot(_ number: Int) throws -> LockedSlot {
        let found = try self.query(
            "SELECT \(SlotRows.columns), \(Self.nowExpression) FROM slots s WHERE s.id = ? FOR UPDATE",
            [.int(number)]
        ) { LockedSlot(slot: try SlotRows.read($0), now: Date(microseconds: try $0.int64(9))) }
        guard let slot = found.first else { throw JobStoreError(.notFound, message: "there is no slot \(number)") }
        return slot
    }

    /// Reads slots as they were last committed, and keeps them from changing until the unit of work ends.
    ///
    /// - Returns: The slots by their numbers, which were locked in that order.
    func lockSlots(_ numbers: some Collection<Int>) throws -> [Int: LockedSlot] {
        var slots: [Int: LockedSlot] = [:]
        for part in JobLists.parts(of: numbers.sorted().map { .int($0) }) {
            // By the key, or the server might read, and lock, every slot.
            let found = try self.query(
                """
                SELECT \(SlotRows.columns), \(Self.nowExpression), s.id FROM slots s FORCE INDEX (PRIMARY)
                WHERE s.id IN \(part.marks) ORDER BY s.id FOR UPDATE
                """,
                part.values
            ) { (try $0.int(10), LockedSlot(slot: try SlotRows.read($0), now: Date(microseconds: try $0.int64(9)))) }
            for (number, slot) in found { slots[number] = slot }
        }
        return slots
    }

    /// Raises a slot's revision, because one of its jobs has changed, and notes it in the job.
    func raiseRevision(of job: JobID, in locked: LockedSlot, number: Int) throws {
        let raised = locked.slot.revision.next(at: locked.now)
        try self.setRevision(raised, in: locked.slot, number: number)
        try self.execute("UPDATE jobs SET revision = ? WHERE id = ?", [.uint(raised.rawValue), .job(job)])
    }

    /// Writes a slot's revision, if nothing of the slot that it was decided on has changed.
    func setRevision(_ revision: Revision, in slot: Slot, number: Int) throws {
        try self.setRevisions([number: revision], in: [number: slot])
    }

    /// Writes the revisions of slots, if nothing of the slots that they were decided on has changed.
    func setRevisions(_ revisions: [Int: Revision], in slots: [Int: Slot]) throws {
        let rows: [[SQLValue]] = revisions.sorted { $0.key < $1.key }.compactMap { number, revision in
            slots[number].map { slot in
                [
                    .uint(revision.rawValue), .int(number), .uint(slot.revision.rawValue),
                    .instant(slot.accountedUntil),
                ]
            }
        }
        let matched = try self.executeBatch(
            "UPDATE slots SET revision = ? WHERE id = ? AND revision = ? AND accounted_until = ?",
            rows
        )
        guard matched == revisions.count else { throw Superseded() }
    }
}

extension Date {
    /// The moment that lies so many microseconds after 1970.
    init(microseconds: Int64) { self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000) }
}
#endif
