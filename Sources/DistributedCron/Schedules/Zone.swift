import Synchronization

/// A time zone of the IANA database, such as `Europe/Berlin`.
///
/// Zones are read once from the machine's tzdata and shared. They know the offsets of 1970 to 2199, which is all the
/// time that schedules know, and are immutable, so they may be used from anywhere at once.
public final class Zone: Sendable, Hashable, CustomStringConvertible {
    /// The name, exactly as in the IANA database.
    public let name: String

    /// What the clocks do, in order and without gaps.
    let spans: [ZoneSpan]
    /// For each bucket of about three months, the span in which it begins: hardly a zone changes its clocks twice in one.
    private let firstSpanOfBucket: [UInt16]

    /// Coordinated Universal Time; it needs no time zone database.
    public static let utc = Zone(name: "UTC", initialOffset: 0, changes: [])

    /// The zone with this name.
    ///
    /// The first use of a zone reads its file, later ones take it from memory; an updated tzdata is seen after a
    /// restart. The directory is `TZDIR` from the environment or else one of the usual ones.
    ///
    /// - Throws: ``ZoneError``: the name is unknown, or tzdata is missing or corrupt.
    public static func named(_ name: String) throws(ZoneError) -> Zone {
        if name == Self.utc.name { return Self.utc }
        if let zone = Self.cache.withLock({ $0[name] }) { return zone }
        let zone = try ZoneDatabase.system.zone(named: name)
        return Self.cache.withLock { zones in
            // Another thread may have read it in the meantime; all must hold the same object.
            if let earlier = zones[name] { return earlier }
            zones[name] = zone
            return zone
        }
    }

    /// Seconds by which the zone's clocks are ahead of UTC at an instant.
    ///
    /// Before 1970 and after 2199 it is the offset at that end.
    public func offset(at instant: Instant) -> Int {
        Int(self.spans[self.spanIndex(at: Int(clamping: instant.epochSeconds))].offset)
    }

    /// Whether the clocks are ever changed between 1970 and 2199.
    var hasChanges: Bool { self.spans.count > 1 }

    init(name: String, initialOffset: Int, changes: [(at: Int, offset: Int)]) {
        self.name = name
        let spans = ZoneSpan.spans(initialOffset: initialOffset, changes: changes)
        self.spans = spans
        var index = 0
        self.firstSpanOfBucket = (0...(Instant.lastOfSchedules >> Self.bucketBits)).map { bucket in
            while spans[index].end <= bucket << Self.bucketBits { index += 1 }
            return UInt16(clamping: index)
        }
    }

    /// Where in `spans` an instant is; those outside 1970 to 2199 count as the first or last second of these years.
    @inline(__always)
    func spanIndex(at second: Int) -> Int {
        let inRange = min(max(second, 0), Instant.lastOfSchedules)
        var index = Int(self.firstSpanOfBucket[inRange >> Self.bucketBits])
        while self.spans[index].end <= inRange { index += 1 }
        return index
    }

    /// 2^23 seconds are 97 days.
    private static let bucketBits = 23
    private static let cache = Lock<[String: Zone]>([:])

    /// Whether both are the zone of one name.
    public static func == (lhs: Zone, rhs: Zone) -> Bool { lhs === rhs || lhs.name == rhs.name }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.name) }

    /// The name.
    public var description: String { self.name }
}

extension Instant {
    /// 2199-12-31T23:59:59Z, the last second in which a schedule can fire.
    static let lastOfSchedules = 7_258_118_399
}
