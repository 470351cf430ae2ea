import DistributedCron

// The end of a simulation: every instant of every version has its row, and there is no other row: V1, V10, V12.
extension Judge {
    /// Compares the ledger with what an evaluator of its own says.
    ///
    /// - Returns: How many instants are accounted for.
    func account() async -> Int {
        guard let store = self.store else { return 0 }
        let (jobs, order, slots) = self.state.withLock { ($0.jobs, $0.jobOrder, $0.slots) }
        var count = 0
        for job in order {
            guard let history = jobs[job], !self.state.withLock({ $0.forgotten.contains(job) }) else { continue }
            guard (try? await store.job(job)) != nil else {
                self.violated("V10 durable", "job \(job) was acknowledged and is not there")
                continue
            }
            let watermark = slots[SlotID(of: job, count: slots.count).index].accountedUntil
            let runs = ((try? await store.runs(of: job, before: nil, limit: 1_000_000)) ?? [])
                .filter { $0.id.trigger == .schedule }
            let gaps = (try? await store.gaps(of: job, limit: 1_000_000)) ?? []
            count += self.account(job, history, runs, gaps, through: watermark)
        }
        return count
    }

    private func account(
        _ job: JobID,
        _ history: JobHistory,
        _ runs: [Run],
        _ gaps: [Gap],
        through watermark: Instant
    ) -> Int {
        var count = 0
        var left = Dictionary(grouping: runs) { $0.id.scheduledAt.epochSeconds }
        for version in history.versions {
            let from = version.effectiveFrom.epochSeconds
            let end = min(version.lastSecond, watermark).epochSeconds + 1
            guard end > from else { continue }
            guard let instants = Self.instants(of: version, from: from, to: end) else {
                self.violated("V1 accounted", "the evaluator does not understand \(version.definition.schedule.text)")
                continue
            }
            let own = gaps.filter { $0.version == version.number }
            for instant in instants {
                let here = left.removeValue(forKey: instant) ?? []
                let gap = own.filter { $0.first.epochSeconds <= instant && instant <= $0.last.epochSeconds }
                count += 1
                guard here.count + gap.count == 1 else {
                    self.violated(
                        "V1 accounted",
                        "\(Instant(epochSeconds: instant)) of job \(job), version \(version.number), has \(here.count) runs and \(gap.count) gaps"
                    )
                    continue
                }
                if let run = here.first, run.version != version.number {
                    self.violated(
                        "V12 old definition",
                        "\(run.id) ran version \(run.version); \(version.number) was in force"
                    )
                }
                let isPaused = version.isPaused(at: Instant(epochSeconds: instant))
                if isPaused != (gap.first?.reason == .paused) {
                    self.violated(
                        "V1 accounted",
                        "\(Instant(epochSeconds: instant)) of job \(job) was \(isPaused ? "" : "not ")paused, and its row says \(gap.first?.reason.rawValue ?? "run")"
                    )
                }
            }
            self.checkCounts(own, of: version, job)
        }
        for instant in left.keys.sorted() {
            self.violated(
                "V1 accounted",
                "job \(job) has a run at \(Instant(epochSeconds: instant)), which no version names"
            )
        }
        return count
    }

    private func checkCounts(_ gaps: [Gap], of version: JobVersion, _ job: JobID) {
        for gap in gaps {
            if gap.first < version.effectiveFrom || gap.last > version.lastSecond {
                self.violated(
                    "V1 accounted",
                    "a gap of job \(job) from \(gap.first) to \(gap.last) is not of version \(version.number), from \(version.effectiveFrom) to \(version.lastSecond)"
                )
            }
            let instants = Self.instants(of: version, from: gap.first.epochSeconds, to: gap.last.epochSeconds + 1) ?? []
            if instants.count != gap.count {
                self.violated(
                    "V1 accounted",
                    "a gap of job \(job) from \(gap.first) to \(gap.last) counts \(gap.count); there are \(instants.count)"
                )
            }
        }
    }

    /// The instants that a version's schedule names, by the judge's own evaluator.
    static func instants(of version: JobVersion, from: Int64, to: Int64) -> [Int64]? {
        let schedule = version.definition.schedule
        return InstantOracle(
            schedule: schedule.text,
            zone: schedule.zone.name,
            changes: InstantOracle.ClockChanges(rawValue: schedule.dst.rawValue) ?? .debian,
            seconds: schedule.seconds,
            anchor: schedule.anchor?.epochSeconds
        )?.instants(from: from, to: to)
    }
}
