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

        /// Creates the defaults.
        public init() {}
    }

    /// What requests may contain.
    public let limits: Limits
    private let store: any JobStore
    private let artifacts: any ArtifactStore
    private let coordinator: any Coordinator
    private let identities: IdentitySource
    private let clock: any Clock<Duration>

    /// Creates a service.
    ///
    /// - Parameters:
    ///   - store: Where jobs and runs are.
    ///   - artifacts: Where scripts and binaries go.
    ///   - coordinator: This process's session, through which changes are signalled.
    ///   - limits: What requests may contain.
    ///   - identities: Where the identities of jobs and manual runs come from.
    ///   - clock: Measures waits.
    public init(
        store: any JobStore,
        artifacts: any ArtifactStore,
        coordinator: any Coordinator,
        limits: Limits = Limits(),
        identities: IdentitySource = IdentitySource(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.store = store
        self.artifacts = artifacts
        self.coordinator = coordinator
        self.limits = limits
        self.identities = identities
        self.clock = clock
    }

    // MARK: Jobs

    /// Creates a job.
    ///
    /// - Throws: ``JobRequestError`` if the request is not valid; ``JobStoreError`` with code `nameTaken`;
    ///   ``JobStoreError`` or ``ArtifactStoreError`` with code `unavailable`. No job exists then, though its file may
    ///   have been stored.
    public func create(_ request: JobRequest) async throws -> Job {
        let now = try await self.store.now()
        let id = self.identities.jobID(at: now)
        let cluster = try await self.store.cluster()
        let schedule = try self.validate(request, hashKey: "\(cluster.id)/\(request.name ?? "\(id)")", anchor: now)
        let definition = JobDefinition(
            schedule: schedule,
            executable: try await self.storePayload(request.payload),
            policies: request.policies
        )
        let job = try await self.store.createJob(JobDraft(id: id, name: request.name, definition: definition))
        await self.signal()
        return job
    }

    /// Checks a request without creating anything.
    ///
    /// - Throws: ``JobRequestError``.
    private func validate(_ request: JobRequest, hashKey: String, anchor: Date) throws -> Schedule {
        var issues = self.payloadIssues(request.payload)
        let zone: Zone
        do {
            zone = try request.timeZone.map { name throws(ZoneError) in try Zone.named(name) } ?? .utc
        } catch {
            zone = .utc
            issues.append(JobRequestError.Issue(field: "timezone", message: error.description))
        }
        if let name = request.name, let problem = self.problem(withName: name) {
            issues.append(JobRequestError.Issue(field: "name", message: problem))
        }
        do {
            let schedule = try Schedule(
                request.schedule,
                zone: zone,
                dst: request.dst,
                seconds: request.seconds,
                hashKey: hashKey,
                anchor: Instant(floor: anchor)
            )
            guard issues.isEmpty else { throw JobRequestError(issues: issues) }
            guard schedule.next(after: Instant(floor: anchor)) != nil else {
                throw JobRequestError(
                    issues: [.init(field: "schedule", message: "every instant of \(request.schedule) has passed")]
                )
            }
            return schedule
        } catch let error as ScheduleError {
            issues.append(JobRequestError.Issue(field: "schedule", message: error.message, schedule: error))
            throw JobRequestError(issues: issues)
        }
    }

    private func payloadIssues(_ payload: JobRequest.Payload) -> [JobRequestError.Issue] {
        let problem: String?
        switch payload {
        case .command(let command): problem = self.problem(withCommand: command)
        case .script(let bytes), .binary(let bytes): problem = self.problem(withFile: bytes)
        }
        return problem.map { [JobRequestError.Issue(field: "executable", message: $0)] } ?? []
    }

    private func problem(withCommand command: String) -> String? {
        if command.allSatisfy(\.isWhitespace) { return "the command is empty" }
        if command.utf8.count > self.limits.commandBytes {
            return "the command has \(command.utf8.count) bytes; at most \(self.limits.commandBytes) are allowed, "
                + "and what is longer can be a script"
        }
        return command.utf8.contains(0) ? "the command contains a NUL character, which no command line can" : nil
    }

    private func problem(withFile bytes: [UInt8]) -> String? {
        if bytes.isEmpty { return "the file is empty" }
        guard bytes.count > self.limits.artifactBytes else { return nil }
        return "the file has \(bytes.count) bytes; at most \(self.limits.artifactBytes) are allowed"
    }

    private func problem(withName name: String) -> String? {
        if name.isEmpty { return "the name is empty; leave it out for a job without one" }
        if name.utf8.count > self.limits.nameBytes {
            return "the name has \(name.utf8.count) bytes; at most \(self.limits.nameBytes) are allowed"
        }
        if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "the name contains a control character"
        }
        return JobID(name) == nil ? nil : "the name looks like a job's identity"
    }

    private func storePayload(_ payload: JobRequest.Payload) async throws -> Executable {
        switch payload {
        case .command(let command): .command(command)
        case .script(let bytes): .script(try await self.artifacts.store(bytes))
        case .binary(let bytes): .binary(try await self.artifacts.store(bytes))
        }
    }

    /// Finds a job, removed ones included.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func job(_ id: JobID) async throws -> Job? { try await self.store.job(id) }

    /// Lists jobs in the order of their creation, a page at a time.
    ///
    /// - Parameters:
    ///   - cursor: The last job of the page before, or nil to begin.
    ///   - limit: The most jobs to return, 1 to 1,000.
    /// - Returns: The next jobs; fewer than `limit` at the end.
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func jobs(after cursor: JobID? = nil, limit: Int = 1_000) async throws -> [Job] {
        try await self.store.jobs(after: cursor, limit: limit)
    }

    /// Removes a job for good, except for its history.
    ///
    /// It becomes `finished` and never fires again; runs in progress end normally.
    ///
    /// - Returns: The job as it is now, or nil if there never was one.
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func remove(_ id: JobID) async throws -> Job? {
        let job = try await self.store.removeJob(id)
        await self.signal()
        return job
    }

    // MARK: Runs

    /// Asks for a run of a job now.
    ///
    /// - Throws: ``JobStoreError`` with code `notFound`, `removed`, `overlap` or `unavailable`.
    public func run(_ job: JobID) async throws -> Run {
        let run = try await self.store.requestRun(of: job, trigger: self.identities.triggerID())
        await self.signal()
        return run
    }

    /// Finds a run.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func run(_ id: RunID) async throws -> Run? { try await self.store.run(id) }

    /// Lists a job's runs, newest instant first, a page at a time.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - cursor: The last run of the page before, or nil to begin.
    ///   - limit: The most runs to return, 1 to 1,000.
    /// - Returns: The next runs; fewer than `limit` at the end.
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func runs(of job: JobID, before cursor: RunID? = nil, limit: Int = 1_000) async throws -> [Run] {
        try await self.store.runs(of: job, before: cursor, limit: limit)
    }

    /// The end of what a run's last ended attempt wrote, or nil while no attempt has ended.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func output(of run: RunID) async throws -> OutputTail? {
        try await self.store.attempts(of: run).last?.report.output
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
    private func signal() async {
        try? await self.coordinator.signalChange()
    }
}
