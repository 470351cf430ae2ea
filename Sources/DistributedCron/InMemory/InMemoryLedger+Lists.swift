extension InMemoryLedger {
    /// Some of a list, and from where to go on.
    struct Page<Row: Sendable, Cursor: Sendable>: Sendable {
        var found: [Row] = []
        /// The last row that was looked at, or nil if there are no more.
        var last: Cursor?
    }

    /// How many rows are looked at in one call, so that a list of few among many keeps nobody waiting.
    private static let scanLimit = 10_000

    func jobs(matching filter: JobFilter, after cursor: JobID?, limit: Int, now: Instant) -> Page<Job, JobID> {
        var page = Page<Job, JobID>()
        if let name = filter.name, filter.status != .finished {
            // The index knows the jobs that are not removed, and only removed ones can have a name in common.
            if let id = self.names[name], cursor.map({ $0 < id }) ?? true, let job = self.jobs[id]?.job,
                filter.matches(job, now: now)
            {
                page.found.append(job)
            }
            return page
        }
        let start = cursor.map { self.order.lowerBound(JobID(rawValue: $0.rawValue &+ 1)) } ?? 0
        let isEverything = filter.isEmpty
        for id in self.order[start...].prefix(Self.scanLimit) {
            guard page.found.count < limit else { return page }
            page.last = id
            guard let job = self.jobs[id]?.job, isEverything || filter.matches(job, now: now) else { continue }
            page.found.append(job)
        }
        if page.last == self.order.last { page.last = nil }
        return page
    }

    func runs(matching filter: RunFilter, before cursor: RunID?, limit: Int) -> Page<Run, RunID> {
        var page = Page<Run, RunID>()
        if let job = filter.job {
            let runs = self.jobs[job]?.runs ?? []
            let end = cursor.map { runs.lowerBound($0) } ?? runs.count
            page.found = Array(runs[..<end].reversed().lazy.map(\.run).filter { filter.matches($0) }.prefix(limit))
            return page
        }
        let end = cursor.map { self.runOrder.lowerBound($0) } ?? self.runOrder.count
        for id in self.runOrder[..<end].reversed().prefix(Self.scanLimit) {
            guard page.found.count < limit else { return page }
            page.last = id
            if let since = filter.since, id.scheduledAt < since {
                page.last = nil
                return page
            }
            guard let run = self.run(id)?.run, filter.matches(run) else { continue }
            page.found.append(run)
        }
        if page.last == self.runOrder.first { page.last = nil }
        return page
    }

    func gaps(of job: JobID, limit: Int) -> [Gap] {
        guard let row = self.jobs[job] else { return [] }
        var gaps = row.gaps
        if row.current.effectiveTo == nil,
            let gap = row.current.pauseGap(of: job, through: self.slots[row.slot.index].slot.accountedUntil)
        {
            gaps.append(gap)
        }
        return gaps.suffix(limit).reversed()
    }

    func artifacts(after cursor: JobID?, limit: Int) -> ArtifactReferences {
        let start = cursor.map { self.order.lowerBound(JobID(rawValue: $0.rawValue &+ 1)) } ?? 0
        let page = self.order[start...].prefix(limit)
        var digests: Set<ArtifactDigest> = []
        for id in page {
            guard let index = self.jobs.index(forKey: id) else { continue }
            self.jobs.values[index].collectArtifacts(into: &digests)
        }
        return ArtifactReferences(digests: digests, last: page.endIndex == self.order.count ? nil : page.last)
    }

    package func workersOfOpenRuns() -> Set<WorkerID> {
        var workers: Set<WorkerID> = []
        for row in self.slots {
            for id in row.open {
                if let run = self.run(id)?.run, run.state != .pending, let worker = run.worker {
                    workers.insert(worker)
                }
            }
        }
        return workers
    }
}

extension InMemoryLedger.JobRow {
    fileprivate func collectArtifacts(into digests: inout Set<ArtifactDigest>) {
        for version in self.versions {
            if let artifact = version.definition.executable.artifact { digests.insert(artifact.digest) }
        }
        for run in self.runs {
            for attempt in run.attempts {
                if let artifact = attempt.report.fullOutput { digests.insert(artifact.digest) }
            }
        }
    }
}
