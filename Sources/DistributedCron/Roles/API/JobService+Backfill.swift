// Instants of the past, run once more or for the first time.
extension JobService {
    /// The most bytes of the reason of a backfill, which each of its runs has.
    private static let reasonBytes = 1_024

    /// Asks for a run of every instant that a job's schedule has in a range of the past.
    ///
    /// All of them are asked for, or none. They account for nothing: what the ledger says of the same instants stays.
    /// Each has the instant that it stands for as its `scheduledAt`, and a trigger of the kind `backfill`. They run one
    /// after the other, oldest first, under the job's policies but for its deadline; the schedule's own runs, and those
    /// that are asked for at once, go before those that wait.
    ///
    /// - Parameters:
    ///   - job: The job; it may be paused, or have no instant to come.
    ///   - backfill: Which range, and why.
    ///   - key: The client's name for its request, so that repeating it asks for nothing twice; nil for none.
    /// - Returns: The runs, oldest first, or those that the same request has made before and that are kept.
    /// - Throws: ``JobRequestError``; ``JobStoreError`` with code `notFound`, `removed`, `overlap` if too many
    ///   backfilled runs of the job wait already, `mismatch` or `unavailable`.
    public func backfill(_ job: JobID, _ backfill: Backfill, idempotency key: String? = nil) async throws -> [Run] {
        let instants = try await self.instants(of: job, in: backfill)
        let trigger = key.map { TriggerID(backfillKey: $0) } ?? self.identities.backfillID()
        let runs = try await self.store.backfill(job, at: instants, trigger: trigger, request: backfill.request)
        await self.signal()
        return runs
    }

    /// The instants that a backfill would run, and asks for nothing.
    ///
    /// They are those that the schedule has as it is now, in its zone, whether or not the job existed then, was paused,
    /// or has run.
    ///
    /// - Parameters:
    ///   - id: The job.
    ///   - backfill: Which range.
    /// - Returns: The instants, oldest first; never none.
    /// - Throws: ``JobRequestError``; ``JobStoreError`` with code `notFound`, `removed` or `unavailable`.
    public func instants(of id: JobID, in backfill: Backfill) async throws -> [Instant] {
        guard let job = try await self.store.job(id) else {
            throw JobStoreError(.notFound, message: "there is no job \(id)")
        }
        guard !job.progress.isRemoved else { throw JobStoreError(.removed, message: "job \(id) was removed") }
        let now = Instant(floor: try await self.store.now())
        var issues = Self.rangeIssues(backfill, now: now)
        let bytes = backfill.reason?.utf8.count ?? 0
        if bytes > Self.reasonBytes {
            issues.append(.init(field: "reason", message: "it has \(bytes) bytes, more than \(Self.reasonBytes)"))
        }
        guard issues.isEmpty else { throw JobRequestError(issues: issues) }
        // Schedules know nothing before 1970.
        var last = max(backfill.from, Instant(epochSeconds: 0)) - 1
        let end = min(backfill.to, job.definition.policies.endsAt ?? .distantFuture) - 1
        let schedule = job.definition.schedule
        let count = schedule.count(after: last, through: end)
        if let issue = Self.countIssue(count, backfill) { throw JobRequestError(issues: [issue]) }
        var instants: [Instant] = []
        instants.reserveCapacity(count)
        while let next = schedule.next(after: last), next <= end {
            instants.append(next)
            last = next
        }
        return instants
    }

    private static func rangeIssues(_ backfill: Backfill, now: Instant) -> [JobRequestError.Issue] {
        var issues: [JobRequestError.Issue] = []
        if backfill.to > now {
            issues.append(
                .init(
                    field: "to",
                    message: "\(backfill.to) has not come: it is \(now), and what is to come runs by itself"
                )
            )
        }
        if backfill.from >= backfill.to {
            issues.append(.init(field: "to", message: "\(backfill.to) is not later than from, \(backfill.from)"))
        }
        return issues
    }

    private static func countIssue(_ count: Int, _ backfill: Backfill) -> JobRequestError.Issue? {
        let instants = count == 0 ? "no instant" : "\(count) instants"
        let range = "the schedule has \(instants) from \(backfill.from) on and before \(backfill.to)"
        if count == 0 { return .init(field: "to", message: range) }
        guard count <= JobPolicies.backfillLimit else {
            return .init(
                field: "to",
                message: "\(range), and a backfill has at most \(JobPolicies.backfillLimit): ask for it in parts"
            )
        }
        guard count <= Backfill.limit || backfill.isForced else {
            return .init(
                field: "force",
                message: "\(range), which is more than \(Backfill.limit): if that is meant, force has to be true"
            )
        }
        return nil
    }
}
