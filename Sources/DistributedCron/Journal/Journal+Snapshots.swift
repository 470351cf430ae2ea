import Dispatch
import Glibc

// Snapshots: all rows in one file, which takes the place of the segments before it.
extension Journal {
    /// Begins a new segment, with which the changes after a snapshot's beginning are; the caller holds the lock that
    /// orders changes.
    ///
    /// - Returns: The number of the segment and of the snapshot, or nil if nothing is written any more.
    func beginSnapshot() -> UInt64? {
        let number = self.state.withLock { state -> UInt64? in
            guard !state.isDead else { return nil }
            state.segment += 1
            state.synced = JournalFile.headerSize
            state.loggedBytes = 0
            state.items.append(.rotate(state.segment))
            return state.segment
        }
        self.flushSoon()
        return number
    }

    /// Writes a snapshot, on a queue that may block.
    ///
    /// The rows may be newer than the snapshot's beginning, and differ in how new they are: what was changed meanwhile is
    /// in the segments after it. So the file counts only once those are on disk.
    ///
    /// - Parameters:
    ///   - number: What ``beginSnapshot()`` returned.
    ///   - nextChunk: Returns some rows, and nil after the last.
    /// - Throws: ``JournalError`` or ``SystemError``, or what `nextChunk` throws; what was there before still counts then.
    func writeSnapshot(_ number: UInt64, _ nextChunk: () throws -> [UInt8]?) throws {
        let temporary = JournalDirectory.temporary(number)
        do {
            let file = try Descriptor.open(
                temporary,
                in: self.directory.descriptor,
                O_WRONLY | O_CREAT | O_TRUNC,
                mode: 0o600
            )
            try JournalFile.header(.snapshot).withUnsafeBytes { try file.write($0) }
            while let chunk = try nextChunk() {
                var frame: [UInt8] = []
                JournalFile.append(chunk, to: &frame)
                try frame.withUnsafeBytes { try file.write($0) }
            }
            var end: [UInt8] = []
            JournalFile.append([], to: &end)
            try end.withUnsafeBytes { try file.write($0) }
            guard fdatasync(file.number) == 0 else { throw SystemError(doing: "sync \(temporary)") }
            // On the queue, so that the journal is not closed meanwhile and the directory is still its own.
            try self.queue.sync { try self.adopt(number, from: temporary, ticket: self.lastTicket) }
        } catch {
            self.directory.remove(temporary)
            throw error
        }
    }

    /// Makes a snapshot count, and removes what it takes the place of; on the queue.
    private func adopt(_ number: UInt64, from temporary: String, ticket: Ticket) throws {
        self.flush()
        // A row of the snapshot whose change is not on disk must not survive without the rest of that change, and without
        // its segment a snapshot cannot be read.
        guard self.state.withLock({ !$0.isDead && $0.durable >= ticket && $0.begun >= number }) else {
            throw JournalError(.unusable, message: "the journal could not be written")
        }
        let root = self.directory.descriptor.number
        guard renameat(root, temporary, root, JournalDirectory.snapshot(number)) == 0 else {
            throw SystemError(doing: "rename \(temporary)")
        }
        try self.directory.sync()
        let (segments, snapshots) = self.directory.list()
        for old in segments where old < number { self.directory.remove(JournalDirectory.segment(old)) }
        for old in snapshots where old < number { self.directory.remove(JournalDirectory.snapshot(old)) }
    }

    static func readSnapshot(
        _ number: UInt64,
        in directory: borrowing JournalDirectory,
        _ replay: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        let name = JournalDirectory.snapshot(number)
        var isWhole = false
        let bytes = try directory.read(name)
        _ = try JournalFile.read(
            bytes,
            as: .snapshot,
            name: "\(directory.path)/\(name)",
            mayBeTorn: false
        ) { payload in
            isWhole = payload.isEmpty
            if !payload.isEmpty { try replay(payload) }
        }
        guard isWhole else { throw JournalError(.corrupt, message: "\(directory.path)/\(name) lacks its end") }
    }
}
