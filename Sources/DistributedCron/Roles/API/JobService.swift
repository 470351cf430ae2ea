#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What clients can do with jobs: validates requests, and turns them into changes of the store.
///
/// Any number of API servers have one each; it keeps nothing. What it returned is durable.
public struct JobService: Sendable {
    /// What requests may contain; the defaults are the system's.
    public struct Limits: Sendable, Hashable {
        /// The most bytes of a command; 64 KiB by default.
        public var commandBytes = 64 * 1_024
        /// The most bytes of a script or binary; 64 MiB by default.
        public var artifactBytes = 64 * 1_024 * 1_024
        /// The most bytes of a name; 128 by default.
        public var nameBytes = 128
        /// The most bytes of a description; 4 KiB by default.
        public var descriptionBytes = 4 * 1_024
        /// The most labels of a job; 64 by default.
        public var labels = 64
        /// The most variables of a job; 256 by default.
        public var variables = 256
        /// The most bytes of all variables of a job; 64 KiB by default.
        public var environmentBytes = 64 * 1_024

        /// Creates the defaults.
        public init() {}
    }

    /// What requests may contain.
    public let limits: Limits
    /// The zone of schedules that name none.
    public let timeZone: Zone
    let store: any JobStore
    let artifacts: any ArtifactStore
    let coordinator: any Coordinator
    let outputs: LiveOutputs
    let identities: IdentitySource
    let clock: any Clock<Duration>

    /// Creates a service.
    ///
    /// - Parameters:
    ///   - store: Where jobs and runs are.
    ///   - artifacts: Where scripts and binaries go.
    ///   - coordinator: This process's session, through which changes are signalled.
    ///   - outputs: What attempts in this process write, shared with the worker; without one nothing can be followed.
    ///   - limits: What requests may contain.
    ///   - timeZone: The zone of schedules that name none.
    ///   - identities: Where the identities of jobs and manual runs come from.
    ///   - clock: Measures waits.
    public init(
        store: any JobStore,
        artifacts: any ArtifactStore,
        coordinator: any Coordinator,
        outputs: LiveOutputs = LiveOutputs(),
        limits: Limits = Limits(),
        timeZone: Zone = .utc,
        identities: IdentitySource = IdentitySource(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.store = store
        self.artifacts = artifacts
        self.coordinator = coordinator
        self.outputs = outputs
        self.limits = limits
        self.timeZone = timeZone
        self.identities = identities
        self.clock = clock
    }

    // MARK: Changing jobs

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
        let draft = try await self.draft(request)
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
            labels: request.labels,
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
    /// A schedule that stays the same keeps what it was anchored to and what its `H` fields stand for.
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
            let request = try await change(job)
            let schedule = try await self.schedule(for: request, replacing: job)
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

    private func schedule(for request: JobRequest, replacing job: Job) async throws -> Schedule {
        let old = job.definition.schedule
        let now = Instant(floor: try await self.store.now())
        try Self.checkTimes(of: request, replacing: job, now: now)
        let isSame =
            request.schedule == old.text && request.timeZone == old.zone.name && request.dst == old.dst
            && request.seconds == old.seconds
        let cluster = try await self.store.cluster()
        let schedule = try self.validate(
            request,
            hashKey: "\(cluster.id)/\(request.name ?? "\(job.id)")",
            anchor: old.anchor ?? now,
            now: isSame ? .distantPast : now
        )
        return isSame ? old : schedule
    }

    /// Refuses times that have passed, unless the job has had them all along.
    private static func checkTimes(of request: JobRequest, replacing job: Job, now: Instant) throws(JobRequestError) {
        var issues: [JobRequestError.Issue] = []
        if let until = request.pause?.until, until <= now, request.pause != job.version.pause {
            issues.append(.init(field: "pause", message: "until \(until) has passed; name a time after \(now)"))
        }
        if let end = request.policies.endsAt, end <= now, end != job.definition.policies.endsAt {
            issues.append(.init(field: "ends_at", message: "\(end) has passed; name a time after \(now)"))
        }
        guard issues.isEmpty else { throw JobRequestError(issues: issues) }
    }

    /// Lets a job's schedule rest.
    ///
    /// - Parameters:
    ///   - id: The job.
    ///   - pause: Until when, and why. A job that is paused already is paused anew.
    /// - Returns: The job as it is now.
    /// - Throws: ``JobRequestError`` if `until` has passed; ``JobStoreError`` with code `notFound`, `removed` or
    ///   `unavailable`.
    public func pause(_ id: JobID, _ pause: Pause) async throws -> Job {
        let now = Instant(floor: try await self.store.now())
        if let until = pause.until, until <= now {
            throw JobRequestError(
                issues: [.init(field: "until", message: "\(until) has passed; name a time after \(now)")]
            )
        }
        return try await self.update(id) { job in
            var request = JobRequest(job)
            request.pause = pause
            return request
        }
    }

    /// Ends a job's pause.
    ///
    /// What its schedule had meanwhile is not caught up; a job that runs goes on.
    ///
    /// - Throws: ``JobStoreError`` with code `notFound`, `removed` or `unavailable`.
    public func resume(_ id: JobID) async throws -> Job {
        try await self.update(id) { job in
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

    // MARK: Finding jobs

    /// Finds a job, removed ones included.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func job(_ id: JobID) async throws -> Job? { try await self.store.job(id) }

    /// Lists jobs in the order of their creation, a page at a time.
    ///
    /// - Parameters:
    ///   - filter: Which jobs.
    ///   - cursor: The last job of the page before, or nil to begin.
    ///   - limit: The most jobs to return, 1 to 1,000.
    /// - Returns: The next jobs; fewer than `limit` at the end.
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func jobs(
        matching filter: JobFilter = JobFilter(),
        after cursor: JobID? = nil,
        limit: Int = 1_000
    ) async throws -> [Job] {
        try await self.store.jobs(matching: filter, after: cursor, limit: limit)
    }

    /// Counts what has become of jobs in the last 24 hours.
    ///
    /// - Parameter jobs: At most 1,000 jobs.
    /// - Returns: The figures of those that exist.
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func statistics(of jobs: [JobID]) async throws -> [JobID: JobStatistics] {
        let now = Instant(floor: try await self.store.now())
        return try await self.store.statistics(of: jobs, since: now - 86_400)
    }

    // MARK: Files

    /// Stores a script or a binary that a request is to name.
    ///
    /// - Parameter bytes: The file, in pieces; read as fast as the store takes it.
    /// - Returns: What to name it by.
    /// - Throws: ``JobRequestError`` if the file is empty or too large; what `bytes` throws; ``ArtifactStoreError``.
    public func upload<Bytes: AsyncSequence & Sendable>(_ bytes: Bytes) async throws -> Artifact
    where Bytes.Element == [UInt8] {
        let limit = self.limits.artifactBytes
        let counter = Lock(0)
        let artifact = try await self.artifacts.store(
            bytes.map { piece in
                let count = counter.withLock { count in
                    count += piece.count
                    return count
                }
                guard count <= limit else {
                    throw JobRequestError(
                        issues: [.init(field: "executable", message: "the file is larger than \(limit) bytes")]
                    )
                }
                return piece
            }
        )
        guard artifact.size > 0 else {
            throw JobRequestError(issues: [.init(field: "executable", message: "the file is empty")])
        }
        return artifact
    }

    /// Reads a script, a binary, or the whole output of an attempt.
    ///
    /// - Throws: ``ArtifactStoreError`` with code `notFound` or `unavailable`.
    public func read(_ artifact: Artifact) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        try await self.artifacts.read(artifact.digest)
    }

    // MARK: Readiness

    /// Checks what the service needs, one entry for each.
    public func checks() async -> [ReadinessCheck] {
        let store = await ReadinessCheck("store") {
            _ = try await self.store.now()
            return nil
        }
        let leader = await ReadinessCheck("leader") {
            try await self.coordinator.leader() == nil ? "no manager leads" : nil
        }
        return [store, leader]
    }

    /// Says that something has changed; a lost signal costs delay only, because the leader looks by itself as well.
    func signal() async {
        try? await self.coordinator.signalChange()
    }
}
