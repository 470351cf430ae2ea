import DistributedCron

/// The instants of a schedule as the API shows them.
struct FireResource {
    /// The most instants of one answer.
    static let maximumCount = 1_000

    let schedule: Schedule
    /// The zone in which local times are shown.
    let zone: Zone
    /// The same schedule without what the clock changes add.
    private let plain: Schedule?

    /// Shows instants of a schedule.
    ///
    /// - Parameters:
    ///   - schedule: The schedule.
    ///   - zone: The zone in which local times are shown; the schedule's own if nil.
    init(_ schedule: Schedule, zone: Zone? = nil) {
        self.schedule = schedule
        self.zone = zone ?? schedule.zone
        self.plain = schedule.dst == .skip ? nil : schedule.skippingClockChanges
    }

    /// The next instants, at most a number of them.
    ///
    /// - Parameters:
    ///   - start: After when.
    ///   - count: How many.
    ///   - next: The instant after another.
    /// - Returns: An array of objects.
    func list(after start: Instant, count: Int, next: (Instant) -> Instant?) -> JSONValue {
        var fires: [JSONValue] = []
        var last = start
        while fires.count < count, let fire = next(last) {
            fires.append(self.json(fire))
            last = fire
        }
        return .array(fires)
    }

    private func json(_ fire: Instant) -> JSONValue {
        let local = fire.formatted(in: self.zone)
        return [
            "at": .string(fire.description),
            "local": .string(local),
            "offset": .string(local.hasSuffix("Z") ? "+00:00" : String(local.suffix(6))),
            "note": .optional(self.note(fire)),
        ]
    }

    /// What a change of the clocks has to do with an instant: the local time was skipped, or comes for the second time.
    private func note(_ fire: Instant) -> String? {
        guard let plain = self.plain, plain.next(after: fire - 1) != fire else { return nil }
        return self.schedule.dst == .debian ? "dst_skipped" : "dst_repeated"
    }
}

extension Schedule {
    /// The same schedule under the rule `skip`, or nil if it was chosen by a key that is not known any more.
    fileprivate var skippingClockChanges: Schedule? {
        guard self.zone != .utc else { return nil }
        return try? Schedule(
            self.text,
            zone: self.zone,
            dst: .skip,
            seconds: self.seconds,
            anchor: self.anchor
        )
    }

    /// What a careful reader would point out, as the API shows it.
    var findingsJSON: JSONValue {
        .array(
            self.findings.map { finding in
                ["code": .string(finding.code.description), "level": "note", "message": .string(finding.message)]
            }
        )
    }
}
