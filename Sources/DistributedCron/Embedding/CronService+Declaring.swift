import Logging

extension CronService {
    /// The label of jobs that a program has declared.
    static let declarationLabel = JobRequest.systemLabelPrefix + "declared"

    /// Declares a job that runs a closure, as it is to be from now on.
    ///
    /// Declaring what is there already changes nothing, and a pause that somebody ordered meanwhile stays. Best called
    /// before ``run()``; a job that is declared later than that begins anew in each process.
    ///
    /// - Parameters:
    ///   - name: The name, unique among jobs; runs of earlier processes belong to the same name.
    ///   - schedule: When to run, in crontab's format and the extensions of ``Schedule``.
    ///   - timeZone: The IANA zone in which the schedule is read; nil for the service's.
    ///   - concurrency: What happens to instants that meet a run in progress.
    ///   - misfire: What happens to instants that are claimed more than a minute late.
    ///   - retry: How often, and when, a failed run is tried again.
    ///   - timeout: How long an attempt may take; nil for as long as it likes.
    ///   - settings: Sets whatever else a job has.
    ///   - handler: The closure. It fails by throwing, and has to heed the cancellation of its task.
    /// - Returns: The job as it is stored.
    /// - Throws: ``JobRequestError`` with all that is wrong; ``JobStoreError`` with code `nameTaken` if this process has
    ///   declared the name already or if it is another job's, or `unavailable`.
    @discardableResult
    public func job(
        _ name: String,
        _ schedule: String,
        timeZone: String? = nil,
        concurrency: ConcurrencyPolicy = .skip,
        misfire: MisfirePolicy = .latest,
        retry: RetryPolicy = .never,
        timeout: Duration? = nil,
        settings: (inout JobRequest) -> Void = { _ in },
        perform handler: @escaping HandlerExecutor.Handler
    ) async throws -> Job {
        var request = JobRequest(schedule: schedule, executable: .closure(name))
        request.timeZone = timeZone
        request.policies = JobPolicies(concurrency: concurrency, misfire: misfire, retry: retry, timeout: timeout)
        settings(&request)
        return try await self.declare(request, as: name) { self.handlers.register(handler, as: name) }
    }

    /// Declares a job that runs a command, as it is to be from now on.
    ///
    /// - Parameters:
    ///   - name: The name, unique among jobs; runs of earlier processes belong to the same name.
    ///   - schedule: When to run, in crontab's format and the extensions of ``Schedule``.
    ///   - command: What `/bin/sh -c` runs.
    ///   - timeZone: The IANA zone in which the schedule is read; nil for the service's.
    ///   - concurrency: What happens to instants that meet a run in progress.
    ///   - misfire: What happens to instants that are claimed more than a minute late.
    ///   - retry: How often, and when, a failed run is tried again.
    ///   - timeout: How long an attempt may take; nil for as long as it likes.
    ///   - settings: Sets whatever else a job has.
    /// - Returns: The job as it is stored.
    /// - Throws: What declaring a closure throws.
    @discardableResult
    public func command(
        _ name: String,
        _ schedule: String,
        run command: String,
        timeZone: String? = nil,
        concurrency: ConcurrencyPolicy = .skip,
        misfire: MisfirePolicy = .latest,
        retry: RetryPolicy = .never,
        timeout: Duration? = nil,
        settings: (inout JobRequest) -> Void = { _ in }
    ) async throws -> Job {
        var request = JobRequest(schedule: schedule, executable: .command(command))
        request.timeZone = timeZone
        request.policies = JobPolicies(concurrency: concurrency, misfire: misfire, retry: retry, timeout: timeout)
        settings(&request)
        return try await self.declare(request, as: name)
    }

    /// The job of a name, unless it was removed.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func job(named name: String) async throws -> Job? {
        var filter = JobFilter()
        filter.name = name
        return try await self.jobs.jobs(matching: filter).last { !$0.progress.isRemoved }
    }

    /// The newest runs of the job of a name, newest first; none if there is no such job.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`.
    public func runs(of name: String, limit: Int = 1_000) async throws -> [Run] {
        guard let job = try await self.job(named: name) else { return [] }
        return try await self.jobs.runs(matching: RunFilter(job: job.id), limit: limit)
    }

    private func declare(_ request: JobRequest, as name: String, register: () -> Void = {}) async throws -> Job {
        guard self.declarations.withLock({ $0.insert(name).inserted }) else {
            throw JobStoreError(.nameTaken, message: "a job \(name) is declared already")
        }
        do {
            var request = request
            request.name = name
            request.systemLabels[Self.declarationLabel] = "yes"
            request.timeZone = request.timeZone ?? self.jobs.timeZone.name
            // Before the job is there: it may be due at once.
            register()
            guard let existing = try await self.job(named: name) else { return try await self.jobs.create(request) }
            guard existing.labels[Self.declarationLabel] != nil || existing.definition.executable.kind == .closure
            else {
                throw JobStoreError(
                    .nameTaken,
                    message: "job \(existing.id), which no program has declared, is called \(name) already"
                )
            }
            return try await self.jobs.update(existing.id) { job in
                var request = request
                // Somebody ordered it meanwhile, and what is declared says nothing of it.
                request.pause = job.version.pause
                return request
            }
        } catch {
            self.declarations.withLock { _ = $0.remove(name) }
            throw error
        }
    }

    /// Removes the jobs that earlier programs have declared and this one has not.
    func removeUndeclared() async throws {
        var filter = JobFilter()
        filter.labels = [Self.declarationLabel: "yes"]
        var cursor: JobID?
        repeat {
            let page = try await self.jobs.jobs(matching: filter, after: cursor)
            cursor = page.last?.id
            for job in page where !job.progress.isRemoved && !self.isDeclared(job) {
                _ = try await self.jobs.remove(job.id)
                self.logger.info(
                    "Removed a job that is not declared any more",
                    metadata: [LoggingKeys.job: "\(job.id)", "name": "\(job.name ?? "")"]
                )
            }
        } while cursor != nil
    }

    private func isDeclared(_ job: Job) -> Bool {
        self.declarations.withLock { $0.contains(job.name ?? "") }
    }
}
