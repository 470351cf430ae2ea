/// A span of a version's instants that are claimed too late, and what the misfire policy makes of them.
struct MisfireSpan {
    let version: JobVersion
    let job: JobID
    /// The watermark, itself not in the span.
    let from: Instant
    /// The last second of the span.
    let through: Instant

    /// Divides the span's instants into those that run and one gap.
    ///
    /// Which of them run depends on the present, not on where a claim happens to end, so that a backlog that takes
    /// several claims is treated as one.
    ///
    /// - Parameters:
    ///   - newest: The job's newest instant at or before the present, by whatever version.
    ///   - now: The present.
    ///   - gaps: Where the gap is added, if there is one.
    /// - Returns: The instants that run, oldest first.
    func settle(newest: Instant?, now: Instant, gaps: inout [Gap]) -> [Instant] {
        let policy = self.version.definition.policies.misfire
        let windowStart = now - policy.windowSeconds
        var chosen: [Instant] = []
        switch policy.choice {
        case .skip:
            break
        case .latest:
            if let newest, newest <= self.through, newest > self.from, newest >= windowStart,
                newest == self.version.previous(atOrBefore: self.through)
            {
                chosen = [newest]
            }
        case .all:
            chosen = self.newestLate(policy.limit, since: windowStart, now: now).filter { $0 > self.from }
        }
        self.addGap(before: chosen.first, to: &gaps)
        return chosen
    }

    /// The version's newest late instants that may run, oldest first, up to the end of the span.
    private func newestLate(_ limit: Int, since windowStart: Instant, now: Instant) -> [Instant] {
        var instants: [Instant] = []
        var instant = self.version.previous(atOrBefore: now - (SlotReplica.misfireSeconds + 1))
        while let late = instant, late >= windowStart, late > self.from, instants.count < limit {
            instants.append(late)
            instant = self.version.previous(atOrBefore: late - 1)
        }
        return instants.reversed().filter { $0 <= self.through }
    }

    private func addGap(before end: Instant?, to gaps: inout [Gap]) {
        let last = end.map { $0 - 1 } ?? self.through
        guard let firstInstant = self.version.next(after: self.from), firstInstant <= last,
            let lastInstant = self.version.previous(atOrBefore: last)
        else { return }
        let gap = Gap(
            job: self.job,
            first: firstInstant,
            last: lastInstant,
            count: self.version.definition.schedule.count(after: firstInstant - 1, through: lastInstant),
            reason: .misfire,
            version: self.version.number
        )
        gaps.append(gap)
    }
}
