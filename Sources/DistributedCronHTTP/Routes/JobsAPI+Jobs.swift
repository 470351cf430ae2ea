#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird

extension JobsAPI {
    /// How jobs are shown to the client that sent a request.
    struct Shown: Sendable {
        let view: JobResource.View
        let baseURL: String
        let now: Instant
    }

    /// `POST /jobs`: creates a job, or with `dry_run` says what it would do.
    func createJob(_ request: APIRequest) async throws -> Response {
        let shown = try self.view(of: request)
        let isDryRun = try request.query.flag("dry_run")
        let name = try request.http.idempotencyKey(path: "/jobs")
        let contents = try await self.body(of: request.http)
        let input = try JobRequestReader.read(
            contents.json,
            executable: contents.executable,
            isLenient: try request.query.flag("lenient")
        )
        let jobRequest = try await self.settled(input)
        var headers: HTTPFields = [:]
        if !input.ignored.isEmpty { headers[.ignoredFields] = input.ignored.joined(separator: ", ") }
        if isDryRun { return .json(try await self.preview(jobRequest), headers: headers) }
        let key = name.map { IdempotencyKey(key: $0, fingerprint: contents.fingerprint) }
        let creation = try await self.service.create(jobRequest, idempotency: key)
        if creation.isReplay { headers[.idempotentReplayed] = "true" }
        headers[.location] = "\(self.configuration.path)/jobs/\(creation.job.id)"
        return try await self.response(creation.job, shown, status: .created, headers: headers)
    }

    /// `GET /jobs/{id}`: in full also with the worker that owns the job's slot, which is looked up for no other answer.
    func showJob(_ request: APIRequest) async throws -> Response {
        let job = try await self.job(request)
        let shown = try self.view(of: request)
        guard shown.view == .full else { return try await self.response(job, shown) }
        let owner = try await self.service.owner(of: job)
        return try await self.response(job, shown, worker: JSONValue.optional(owner?.rawValue))
    }

    /// `GET /jobs/{id}/next`: when the job fires next.
    func listNext(_ request: APIRequest) async throws -> Response {
        let count = try request.query.integer("count", in: 1...FireResource.maximumCount) ?? 10
        let after = try request.query.instant("after") ?? Instant(floor: self.wallClock.now)
        let zone = try request.query.zone("tz")
        let job = try await self.job(request)
        let fires = FireResource(job.definition.schedule, zone: zone).list(after: after, count: count) {
            job.progress.isRemoved ? nil : job.version.next(after: $0)
        }
        return .json(fires)
    }

    /// `GET /jobs/{id}/why`: what happened at an instant of the job, or why nothing did.
    func explainInstant(_ request: APIRequest) async throws -> Response {
        guard let instant = try request.query.instant("at") else {
            throw Problem(.invalidField, [Problem.Item(field: "at", message: "the parameter at is missing")])
        }
        guard let id = request.jobID else { throw Problem.noJob }
        let report = try await self.service.why(id, at: instant)
        return .json(InstantResource(report: report, path: self.configuration.path).json)
    }

    // MARK: What the routes of jobs share

    /// The job that a path names.
    func job(_ request: APIRequest) async throws -> Job {
        guard let id = request.jobID, let job = try await self.service.job(id) else { throw Problem.noJob }
        return job
    }

    /// How the client that sent a request wants to see jobs.
    func view(of request: APIRequest) throws(Problem) -> Shown {
        Shown(
            view: try request.query.choice("view", JobResource.View.self) ?? .contract,
            baseURL: self.baseURL(request.http),
            now: Instant(floor: self.wallClock.now)
        )
    }

    /// Jobs as they are shown, with what has become of them if that is shown too.
    func resources(_ jobs: [Job], _ shown: Shown) async throws -> [JobResource] {
        let statistics = shown.view == .full ? try await self.service.statistics(of: jobs.map(\.id)) : [:]
        return jobs.map { job in
            JobResource(
                job: job,
                view: shown.view,
                baseURL: shown.baseURL,
                path: self.configuration.path,
                now: shown.now,
                statistics: statistics[job.id] ?? JobStatistics()
            )
        }
    }

    /// The answer that shows a job, with its version as the entity tag.
    func response(
        _ job: Job,
        _ shown: Shown,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = [:],
        worker: JSONValue? = nil
    ) async throws -> Response {
        var headers = headers
        headers[.eTag] = EntityTag(version: job.version.number).text
        var resource = try await self.resources([job], shown).first
        resource?.worker = worker
        return .json(resource?.json ?? .null, status: status, headers: headers)
    }

    /// Reads a body that describes a job; a long file in it is stored meanwhile.
    func body(of request: Request, or types: [String] = []) async throws -> JobBody.Contents {
        guard request.headers[.contentLength] != "0" else {
            throw Problem(.invalidJSON, "the body is empty; it must be a JSON object")
        }
        try request.requireJSON(or: types)
        let limits = JobBody.Limits(
            bodyBytes: self.configuration.maximumBodyBytes,
            commandBytes: self.service.limits.commandBytes,
            artifactBytes: self.service.limits.artifactBytes
        )
        let service = self.service
        return try await JobBody(request, limits: limits).read { try await service.upload($0) }
    }

    /// Stores a short file, and completes the request with it.
    func settled(_ input: JobInput) async throws -> JobRequest {
        var request = input.request
        switch input.source {
        case .settled(let executable): request.executable = executable
        case .script(let bytes): request.executable = .script(try await self.upload(bytes))
        case .binary(let bytes): request.executable = .binary(try await self.upload(bytes))
        }
        return request
    }

    private func upload(_ bytes: [UInt8]) async throws -> Artifact {
        guard bytes.count <= self.service.limits.artifactBytes else {
            throw Problem.fileTooLarge(self.service.limits.artifactBytes)
        }
        return try await self.service.upload(
            AsyncStream { continuation in
                continuation.yield(bytes)
                continuation.finish()
            }
        )
    }

    /// What a job would do.
    private func preview(_ request: JobRequest) async throws -> JSONValue {
        let schedule = try await self.service.check(request).schedule
        let now = Instant(floor: self.wallClock.now)
        return [
            "timezone": .string(schedule.zone.name),
            "words": .string(schedule.summary),
            "next": FireResource(schedule).list(after: now, count: 5) { schedule.next(after: $0) },
            "findings": schedule.findingsJSON,
        ]
    }
}

extension APIRequest {
    /// The job in a path.
    var jobID: JobID? { self.parameters.get("id").flatMap { JobID($0) } }
}

extension Problem {
    static let noJob = Self(.notFound, "there is no such job, and there never was")

    /// A file has more bytes than are taken.
    static func fileTooLarge(_ limit: Int) -> Self {
        Self(.bodyTooLarge, "the file has more than \(limit) bytes, which are allowed")
    }
}
#endif
