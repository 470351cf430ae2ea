// Jobs: creating, changing, pausing and removing them.
extension JobService {
    /// Creates a job.
    ///
    /// - Returns: The job, with status `scheduled`.
    /// - Throws: ``JobRequestError`` if the request is not valid; ``JobStoreError`` with code `nameTaken` or `unavailable`.
    ///   No job exists then.
    public func create(_ request: JobRequest) async throws -> Job {
        try await self.create(request, idempotency: nil).job
    }

    /// Creates a job, once for all repetitions of a request.
    ///
    /// - Parameters:
    ///   - request: The job.
    ///   - key: The client's name for its request, so that repeating it creates nothing twice; nil for none.
    /// - Returns: The job, or the one that the same request has made within the last 24 hours.
    /// - Throws: ``JobRequestError`` if the request is not valid; ``JobStoreError`` with code `nameTaken`, `mismatch` or
    ///   `unavailable`. No job exists then.
    public func create(_ request: JobRequest, idempotency key: IdempotencyKey?) async throws -> JobCreation {
        let draft: JobDraft
        do {
            draft = try await self.draft(request)
        } catch let error as JobRequestError {
            // What was valid when the request came first may have passed meanwhile.
            guard let key, let job = try await self.store.job(madeBy: key) else { throw error }
            return JobCreation(job: job, isReplay: true)
        }
        let creation = try await self.store.createJob(draft, idempotency: key)
        await self.signal()
        return creation
    }

    /// Checks a request without creating anything.
    ///
    /// - Returns: What would be created.
    /// - Throws: ``JobRequestError``; ``JobStoreError`` with code `unavailable`.
    public func check(_ request: JobRequest) async throws -> JobDefinition {
        try await self.draft(request).definition
    }

    private func draft(_ request: JobRequest) async throws -> JobDraft {
        let now = try await self.store.now()
        let id = self.identities.jobID(at: now)
        let cluster = try await self.store.cluster()
        let schedule = try self.validate(
            request,
            hashKey: "\(cluster.id)/\(request.name ?? "\(id)")",
            anchor: Instant(floor: now),
            now: Instant(floor: now)
        )
        return self.draft(id, request, schedule)
    }

    private func draft(_ id: JobID, _ request: JobRequest, _ schedule: Schedule) -> JobDraft {
        JobDraft(
            id: id,
            name: request.name,
            description: request.description,
            labels: request.labels.merging(request.systemLabels) { $1 },
            definition: JobDefinition(
                schedule: schedule,
                executable: request.executable,
                policies: request.policies,
                environment: request.environment,
                workingDirectory: request.workingDirectory
            ),
            pause: request.pause
        )
    }

    /// Changes a job: reads it, asks what it is to be, and writes that unless somebody else was faster.
    ///
    /// A schedule that stays the same keeps what it was anchored to and what its `H` fields stand for. A pause of the job
    /// that is over is left behind, so that ``JobRequest/init(_:)`` can be sent back whenever that is.
    ///
    /// - Parameters:
    ///   - id: The job.
    ///   - version: The version that the change was made for, or nil for whatever it is in; then the change is made anew
    ///     until it is first.
    ///   - change: What the job is to be.
    /// - Returns: The job as it is now.
    /// - Throws: ``JobRequestError``; what `change` throws; ``JobStoreError`` with code `notFound`, `removed`, `nameTaken`,
    ///   `unavailable`, or `conflict` if the version is another.
    public func update(
        _ id: JobID,
        ifVersion version: Int? = nil,
        _ change: (Job) async throws -> JobRequest
    ) async throws -> Job {
        while true {
            guard let job = try await self.store.job(id) else {
                throw JobStoreError(.notFound, message: "there is no job \(id)")
            }
            guard version == nil || version == job.version.number else {
                throw JobStoreError(
                    .conflict,
                    message: "the job is in version \(job.version.number), not \(version ?? 0)"
                )
            }
            var request = try await change(job)
            request.keepSystemLabels(of: job)
            let now = Instant(floor: try await self.store.now())
            if request.pause == job.version.pause { request.pause = JobRequest(job, at: now).pause }
            let schedule = try await self.schedule(for: request, replacing: job, now: now)
            do {
                let updated = try await self.store.updateJob(
                    self.draft(id, request, schedule),
                    ifVersion: job.version.number
                )
                await self.signal()
                return updated
            } catch let error as JobStoreError where error.code == .conflict && version == nil {
                try Task.checkCancellation()
            }
        }
    }

    private func schedule(for request: JobRequest, replacing job: Job, now: Instant) async throws -> Schedule {
        let old = job.definition.schedule
        let cluster = try await self.store.cluster()
        let schedule = try self.validate(
            request,
            replacing: job,
            hashKey: "\(cluster.id)/\(request.name ?? "\(job.id)")",
            anchor: old.anchor ?? now,
            now: now
        )
        return request.keepsSchedule(of: job) ? old : schedule
    }

    /// Lets a job's schedule rest.
    ///
    /// - Parameters:
    ///   - id: The job.
    ///   - pause: Until when, and why. A job that is paused already is paused anew.
    ///   - version: The version that is to be paused, or nil for whatever it is in.
    /// - Returns: The job as it is now.
    /// - Throws: ``JobRequestError`` if `until` has passed; ``JobStoreError`` with code `notFound`, `removed` or
    ///   `unavailable`.
    public func pause(_ id: JobID, _ pause: Pause, ifVersion version: Int? = nil) async throws -> Job {
        let now = Instant(floor: try await self.store.now())
        if let until = pause.until, until <= now {
            throw JobRequestError(
                issues: [.init(field: "until", message: "\(until) has passed; name a time after \(now)")]
            )
        }
        return try await self.update(id, ifVersion: version) { job in
            var request = JobRequest(job)
            request.pause = pause
            return request
        }
    }

    /// Ends a job's pause.
    ///
    /// What its schedule had meanwhile is not caught up; a job that runs goes on.
    ///
    /// - Parameters:
    ///   - id: The job.
    ///   - version: The version that is to be resumed, or nil for whatever it is in.
    /// - Returns: The job as it is now.
    /// - Throws: ``JobStoreError`` with code `notFound`, `removed`, `unavailable`, or `conflict` if the version is another.
    public func resume(_ id: JobID, ifVersion version: Int? = nil) async throws -> Job {
        try await self.update(id, ifVersion: version) { job in
            var request = JobRequest(job)
            request.pause = nil
            return request
        }
    }

    /// Removes a job for good, except for its history.
    ///
    /// It becomes `finished` and never fires again.
    ///
    /// - Parameters:
    ///   - id: The job.
    ///   - cancellingRuns: Whether runs in progress are ended; else they end normally.
    /// - Returns: The job as it is now, or nil if there never was one.
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func remove(_ id: JobID, cancellingRuns: Bool = false) async throws -> Job? {
        var job = try await self.store.removeJob(id)
        if cancellingRuns, job != nil {
            var filter = RunFilter(job: id)
            filter.states = [.claimed, .starting, .running]
            for run in try await self.store.runs(matching: filter, before: nil, limit: 1_000) {
                do {
                    _ = try await self.store.cancelRun(run.id, reason: .removed)
                } catch let error as JobStoreError where error.code == .ended {
                    continue
                }
            }
            job = try await self.store.job(id)
        }
        await self.signal()
        return job
    }
}
