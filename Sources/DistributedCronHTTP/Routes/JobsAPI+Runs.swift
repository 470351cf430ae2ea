#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird
import ServiceLifecycle

extension JobsAPI {
    /// `GET /jobs/{id}/runs`: newest first, all of them or with `limit` a page.
    func listJobRuns(_ request: APIRequest) async throws -> Response {
        let page = try PageRequest<RunID>(request.query)
        var filter = try Self.runFilter(request.query)
        let job = try await self.job(request).id
        filter.job = job
        guard page.limit == nil else {
            return try await self.runs(matching: filter, page, path: "/jobs/\(job)/runs", request)
        }
        // A store keeps a bounded history of each job, so all of it fits into memory.
        let limit = 1_000
        var runs = try await self.service.runs(matching: filter, before: page.cursor, limit: limit)
        while let last = runs.last?.id, runs.count.isMultiple(of: limit) {
            let more = try await self.service.runs(matching: filter, before: last, limit: limit)
            guard !more.isEmpty else { break }
            runs += more
        }
        return .json(.array(runs.map(self.json(of:))))
    }

    /// `GET /jobs/{id}/gaps`: the newest ranges of instants that were not run, the newest first.
    func listGaps(_ request: APIRequest) async throws -> Response {
        let limit = try request.query.integer("limit", in: 1...1_000)
        let job = try await self.job(request).id
        let gaps = try await self.service.gaps(of: job, limit: limit ?? 1_000)
        return .cacheable(.array(gaps.map(\.json)), headers: [:], for: request.http)
    }

    /// `GET /runs`: those of every job, newest first, in pages of 100 unless asked for otherwise.
    func listRuns(_ request: APIRequest) async throws -> Response {
        var filter = try Self.runFilter(request.query)
        filter.job = try request.query.value("job", "the identity of a job", JobID.init)
        return try await self.runs(matching: filter, PageRequest<RunID>(request.query), path: "/runs", request)
    }

    /// `POST /jobs/{id}/runs`: runs the job now.
    func runJob(_ request: APIRequest) async throws -> Response {
        let body = try await request.http.json(upTo: 64 * 1_024)
        var fields = FieldReader(try body?.members ?? [])
        fields.refuseMembers(except: ["reason", "env"])
        let reason = fields.string("reason")
        let environment = fields.strings("env") ?? [:]
        guard fields.items.isEmpty else { throw Problem(.invalidField, fields.items) }
        let job = try await self.job(request).id
        let run = try await self.service.run(
            job,
            RunRequest(reason: reason, environment: environment),
            idempotency: request.http.idempotencyKey(path: "/jobs/\(job)/runs")
        )
        return try await self.answer(askingFor: run, request)
    }

    /// `GET /runs/{run}`.
    func showRun(_ request: APIRequest) async throws -> Response {
        let run = try await self.run(request)
        var response = Response.json(self.json(of: try await self.wait(for: run, as: request.http) ?? run))
        response.headers[.preferenceApplied] = request.http.preferredWait.map { "wait=\($0)" }
        return response
    }

    /// `POST /runs/{run}/retry`: runs the job of a run that has ended once more, with the same variables.
    func retryRun(_ request: APIRequest) async throws -> Response {
        try await self.requireNothing(in: request)
        let id = try await self.run(request).id
        let key = try request.http.idempotencyKey(path: "/runs/\(id)/retry")
        return try await self.answer(askingFor: self.service.retry(id, idempotency: key), request)
    }

    /// `POST /runs/{run}/cancel`: a pending run ends at once, one that may have started is asked to end.
    func cancelRun(_ request: APIRequest) async throws -> Response {
        try await self.requireNothing(in: request)
        let run = try await self.service.cancel(self.run(request).id)
        return .json(
            self.json(of: run),
            status: .accepted,
            headers: [.location: "\(self.configuration.path)/runs/\(run.id)"]
        )
    }

    /// The answer to a request for a run: the run as it is when the client has waited for as long as it would like.
    private func answer(askingFor run: Run, _ request: APIRequest) async throws -> Response {
        let ended = try await self.wait(for: run, as: request.http)
        var response = Response.json(
            self.json(of: ended ?? run),
            status: ended?.state.isTerminal == true ? .ok : .accepted,
            headers: [.location: "\(self.configuration.path)/runs/\(run.id)"]
        )
        response.headers[.preferenceApplied] = request.http.preferredWait.map { "wait=\($0)" }
        return response
    }

    /// Refuses a body that says something.
    func requireNothing(in request: APIRequest) async throws {
        guard let body = try await request.http.json(upTo: 64 * 1_024) else { return }
        var fields = FieldReader(try body.members)
        fields.refuseMembers(except: [])
        guard fields.items.isEmpty else { throw Problem(.invalidField, fields.items) }
    }

    /// The run that a path names.
    func run(_ request: APIRequest) async throws -> Run {
        guard let id = request.parameters.get("run").flatMap({ RunID($0) }), let run = try await self.service.run(id)
        else { throw Problem(.notFound, "there is no such run, or its job's history is kept no longer") }
        return run
    }

    private func runs(
        matching filter: RunFilter,
        _ page: PageRequest<RunID>,
        path: String,
        _ request: APIRequest
    ) async throws -> Response {
        let limit = page.limit ?? 100
        let runs = try await self.service.runs(matching: filter, before: page.cursor, limit: limit)
        var headers: HTTPFields = [:]
        if runs.count == limit, let last = runs.last?.id,
            try await !self.service.runs(matching: filter, before: last, limit: 1).isEmpty
        {
            headers[.link] = page.link(path: "\(self.configuration.path)\(path)", after: last, query: request.query)
        }
        return .cacheable(.array(runs.map(self.json(of:))), headers: headers, for: request.http)
    }

    /// Which runs a query asks for.
    private static func runFilter(_ query: Query) throws(Problem) -> RunFilter {
        var filter = RunFilter()
        filter.worker = query["worker"].map { WorkerID(rawValue: $0) }
        filter.trigger = try query.choice("trigger", RunFilter.Trigger.self)
        filter.since = try query.instant("since")
        filter.until = try query.instant("until")
        let state = try query.choice("state", RunState.self)
        let result = try query.choice("result", RunResult.self)
        if let state { filter.states = [state] }
        if let result {
            filter.states = state.map { result.states.intersection([$0]) } ?? result.states
            guard !filter.states.isEmpty else {
                throw Problem(
                    .invalidField,
                    [Problem.Item(field: "state", message: "no run of this state has the result \(result.rawValue)")]
                )
            }
        }
        return filter
    }

    /// Waits for a run to end if the client would like that; a server that shuts down waits for nobody.
    ///
    /// - Returns: The run after the wait, or nil if there was none.
    private func wait(for run: Run, as request: Request) async throws -> Run? {
        guard let seconds = request.preferredWait, !run.state.isTerminal else { return nil }
        let service = self.service
        do {
            return try await cancelWhenGracefulShutdown {
                try await service.awaitEnd(of: run.id, atMost: .seconds(seconds))
            }
        } catch is CancellationError where !Task.isCancelled {
            return try await service.run(run.id)
        }
    }

    private func json(of run: Run) -> JSONValue { RunResource(run: run, path: self.configuration.path).json }
}
#endif
