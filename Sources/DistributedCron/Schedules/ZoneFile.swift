/// The content of a TZif file (RFC 8536), version 1 to 4: when a zone's offset changed and how it goes on.
struct ZoneFile {
    /// Why a file cannot be used.
    struct Malformed: Error { var reason: String }

    /// The offset before the first change.
    private(set) var initialOffset = 0
    /// When the offset changes, ascending, and what it is from then on.
    private(set) var changes: [(at: Int, offset: Int)] = []

    init(_ bytes: [UInt8]) throws(Malformed) {
        var reader = Reader(bytes: bytes)
        var header = try reader.header()
        guard header.version > 0 else {
            try self.read(&reader, header, timeSize: 4)
            return
        }
        // The first block repeats what fits into 32 bits, for readers from before 2038 mattered.
        try reader.skip(header.size(timeSize: 4))
        header = try reader.header()
        try self.read(&reader, header, timeSize: 8)
        guard let rule = try reader.footer() else { return }
        self.changes += rule.changes(after: self.changes.last?.at ?? 0, through: Instant.lastOfSchedules)
        // A zone that never changed its clocks may keep its only offset in the footer.
        if self.changes.isEmpty { self.initialOffset = rule.standardOffset }
    }

    private mutating func read(_ reader: inout Reader, _ header: Header, timeSize: Int) throws(Malformed) {
        guard header.leapCount == 0 else { throw Malformed(reason: "it counts leap seconds") }
        guard header.typeCount > 0 else { throw Malformed(reason: "it has no local time types") }
        var times: [Int] = []
        for _ in 0..<header.timeCount { times.append(try reader.integer(size: timeSize)) }
        var types: [Int] = []
        for _ in 0..<header.timeCount { types.append(try reader.integer(size: 1) & 0xFF) }
        var offsets: [Int] = []
        for _ in 0..<header.typeCount {
            let offset = try reader.integer(size: 4)
            guard abs(offset) < 93_600 else { throw Malformed(reason: "an offset exceeds 26 hours") }
            offsets.append(offset)
            try reader.skip(2)
        }
        try reader.skip(header.size(timeSize: timeSize) - header.timeCount * (timeSize + 1) - header.typeCount * 6)
        self.initialOffset = offsets[0]
        for (time, type) in zip(times, types) {
            guard type < offsets.count else { throw Malformed(reason: "a change refers to a missing type") }
            guard time > self.changes.last?.at ?? .min else { throw Malformed(reason: "its changes are not in order") }
            self.changes.append((time, offsets[type]))
        }
    }
}

extension ZoneFile {
    /// The counts at the head of a data block.
    private struct Header {
        var version: Int
        var utcIndicatorCount: Int
        var standardIndicatorCount: Int
        var leapCount: Int
        var timeCount: Int
        var typeCount: Int
        var nameLength: Int

        /// The length of the block that follows.
        func size(timeSize: Int) -> Int {
            self.timeCount * (timeSize + 1) + self.typeCount * 6 + self.nameLength
                + self.leapCount * (timeSize + 4) + self.standardIndicatorCount + self.utcIndicatorCount
        }
    }

    /// Reads big-endian numbers and refuses to go past the end.
    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        mutating func skip(_ count: Int) throws(Malformed) {
            guard count >= 0, count <= self.bytes.count - self.position else {
                throw Malformed(reason: "it is cut off")
            }
            self.position += count
        }

        mutating func integer(size: Int) throws(Malformed) -> Int {
            let start = self.position
            try self.skip(size)
            let bits = self.bytes[start..<self.position].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return size == 8 ? Int(Int64(bitPattern: bits)) : Int(Int32(truncatingIfNeeded: bits))
        }

        mutating func header() throws(Malformed) -> Header {
            let start = self.position
            try self.skip(20)
            guard self.bytes[start..<start + 4].elementsEqual("TZif".utf8) else {
                throw Malformed(reason: "it does not begin with TZif")
            }
            let header = Header(
                version: Int(self.bytes[start + 4]),
                utcIndicatorCount: try self.integer(size: 4),
                standardIndicatorCount: try self.integer(size: 4),
                leapCount: try self.integer(size: 4),
                timeCount: try self.integer(size: 4),
                typeCount: try self.integer(size: 4),
                nameLength: try self.integer(size: 4)
            )
            let counts = [
                header.utcIndicatorCount, header.standardIndicatorCount, header.leapCount,
                header.timeCount, header.typeCount, header.nameLength,
            ]
            guard counts.allSatisfy({ (0...65_536).contains($0) }) else {
                throw Malformed(reason: "its counts are wrong")
            }
            return header
        }

        /// The rule for the time after the last change: a line between two newlines, possibly empty.
        mutating func footer() throws(Malformed) -> PosixZoneRule? {
            let start = self.position
            try self.skip(1)
            let line = self.bytes[self.position...].prefix { $0 != UInt8(ascii: "\n") }
            guard self.bytes[start] == UInt8(ascii: "\n"), line.endIndex < self.bytes.count else {
                throw Malformed(reason: "its last line is cut off")
            }
            if line.isEmpty { return nil }
            guard let rule = PosixZoneRule(line) else {
                throw Malformed(reason: "its last line is not a POSIX TZ rule")
            }
            return rule
        }
    }
}
