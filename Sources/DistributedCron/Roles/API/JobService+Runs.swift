// Runs: asking for them, finding them, ending them.
extension JobService {
    /// Asks for a run of a job now.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - request: Why, and with what variables.
    ///   - key: The client's name for its request, so that repeating it asks for nothing twice; nil for none.
    /// - Returns: The run, or the one that the same request has made before.
    /// - Throws: ``JobRequestError``; ``JobStoreError`` with code `notFound`, `removed`, `overlap`, `mismatch` or
    ///   `unavailable`.
    public func run(
        _ job: JobID,
        _ request: RunRequest = RunRequest(),
        idempotency key: String? = nil
    ) async throws -> Run {
        let issues = self.environmentIssues(request.environment, field: "env")
        guard issues.isEmpty else { throw JobRequestError(issues: issues) }
        let trigger = key.map { TriggerID(idempotencyKey: $0) } ?? self.identities.triggerID()
        let run = try await self.store.requestRun(of: job, trigger: trigger, request: request)
        await self.signal()
        return run
    }

    /// Asks for another run of a job, with the variables of a run of it that has ended.
    ///
    /// That of a backfilled run stands for the same instant.
    ///
    /// - Parameters:
    ///   - id: The run that has ended.
    ///   - key: The client's name for its request, so that repeating it asks for nothing twice; nil for none.
    /// - Returns: The new run.
    /// - Throws: ``JobStoreError`` with code `notFound`, `conflict` if the run has not ended, or what asking for a run
    ///   throws.
    public func retry(_ id: RunID, idempotency key: String? = nil) async throws -> Run {
        guard let run = try await self.store.run(id) else {
            throw JobStoreError(.notFound, message: "there is no run \(id)")
        }
        guard run.state.isTerminal else { throw JobStoreError(.conflict, message: "run \(id) has not ended") }
        let request = RunRequest(reason: "retry of \(id)", environment: run.request?.environment ?? [:])
        if id.trigger.isBackfill {
            let trigger = key.map { TriggerID(backfillKey: $0) } ?? self.identities.backfillID()
            let again = try await self.store.backfill(id.job, at: [id.scheduledAt], trigger: trigger, request: request)
            await self.signal()
            return again[0]
        }
        return try await self.run(id.job, request, idempotency: key)
    }

    /// Ends a run.
    ///
    /// One that has not started is cancelled at once; the others are asked to end, have their kill grace, and are
    /// cancelled when they have ended.
    ///
    /// - Returns: The run as it is now.
    /// - Throws: ``JobStoreError`` with code `notFound`, `ended` or `unavailable`.
    public func cancel(_ run: RunID) async throws -> Run {
        let cancelled = try await self.store.cancelRun(run, reason: .requested)
        await self.signal()
        return cancelled
    }

    /// Finds a run.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func run(_ id: RunID) async throws -> Run? { try await self.store.run(id) }

    /// Lists runs, newest instant first, a page at a time.
    ///
    /// - Parameters:
    ///   - filter: Which runs.
    ///   - cursor: The last run of the page before, or nil to begin.
    ///   - limit: The most runs to return, 1 to 1,000.
    /// - Returns: The next runs; fewer than `limit` at the end.
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func runs(
        matching filter: RunFilter = RunFilter(),
        before cursor: RunID? = nil,
        limit: Int = 1_000
    ) async throws -> [Run] {
        try await self.store.runs(matching: filter, before: cursor, limit: limit)
    }

    /// Lists a job's gaps, the newest first.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func gaps(of job: JobID, limit: Int = 1_000) async throws -> [Gap] {
        try await self.store.gaps(of: job, limit: limit)
    }

    /// A run's attempts that have ended, oldest first, with the end of what each wrote.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func attempts(of run: RunID) async throws -> [Attempt] { try await self.store.attempts(of: run) }

    /// The end of what a run's last attempt wrote, also while it runs in this process; nil before the first.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func output(of run: RunID) async throws -> OutputTail? {
        if let tail = self.outputs.tail(of: run) { return tail }
        return try await self.store.attempts(of: run).last?.report.output
    }

    /// Follows what an attempt writes.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - offset: Where to begin, in bytes of all that the attempt writes.
    /// - Returns: What comes, or nil if no attempt of the run runs in this process.
    public func follow(_ run: RunID, from offset: Int = 0) -> AsyncStream<OutputEvent>? {
        self.outputs.follow(run, from: offset)
    }

    /// Waits for a run to end.
    ///
    /// The run may end in a process that this one knows only through the store, so the store is asked, ever less often:
    /// first after 20 milliseconds, at last each second.
    ///
    /// - Parameters:
    ///   - id: The run.
    ///   - timeout: How long to wait at most.
    /// - Returns: The run as it is at its end or at the time-out, or nil if there is none.
    /// - Throws: ``JobStoreError`` with code `unavailable`; `CancellationError`.
    public func awaitEnd(of id: RunID, atMost timeout: Duration) async throws -> Run? {
        let stopwatch = Stopwatch(self.clock)
        var pause = Duration.milliseconds(20)
        while true {
            guard let run = try await self.store.run(id) else { return nil }
            let left = timeout - stopwatch.elapsed
            guard !run.state.isTerminal, left > .zero else { return run }
            try await self.clock.sleep(for: min(pause, left))
            pause = min(pause * 2, .seconds(1))
        }
    }
}
