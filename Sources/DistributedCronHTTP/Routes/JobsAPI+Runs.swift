#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird
import ServiceLifecycle

extension JobsAPI {
    /// `GET /jobs/{id}/runs`: newest first, all of them or with `limit` a page.
    func listRuns(_ request: Request, _ parameters: Parameters) async throws -> Response {
        let page = try PageRequest<RunID>(request)
        let job = try await self.job(parameters).id
        let limit = page.limit ?? 1_000
        var runs = try await self.service.runs(matching: RunFilter(job: job), before: page.cursor, limit: limit)
        if page.limit == nil {
            // A store keeps a bounded history of each job, so all of it fits into memory.
            while let last = runs.last?.id, runs.count.isMultiple(of: limit) {
                let more = try await self.service.runs(matching: RunFilter(job: job), before: last, limit: limit)
                guard !more.isEmpty else { break }
                runs += more
            }
        }
        var response = Response.json(.array(runs.map(self.json(of:))))
        if page.limit == runs.count, let last = runs.last?.id,
            try await !self.service.runs(matching: RunFilter(job: job), before: last, limit: 1).isEmpty
        {
            response.headers[.link] = page.link(path: "\(self.configuration.path)/jobs/\(job)/runs", after: last)
        }
        return response
    }

    /// `POST /jobs/{id}/runs`: runs the job now.
    func runJob(_ request: Request, _ parameters: Parameters) async throws -> Response {
        if let body = try await request.json(upTo: 64 * 1_024) {
            guard case .object(let members) = body else {
                throw Problem(.invalidField, "the body is \(body.kind); it must be an object, or be left out")
            }
            var fields = FieldReader(members, pointer: "")
            fields.refuseMembers(except: [])
            guard fields.items.isEmpty else { throw Problem(.invalidField, fields.items) }
        }
        let run = try await self.service.run(self.job(parameters).id)
        let ended = try await self.wait(for: run, as: request)
        var response = Response.json(
            self.json(of: ended ?? run),
            status: ended?.state.isTerminal == true ? .ok : .accepted,
            headers: [.location: "\(self.configuration.path)/runs/\(run.id)"]
        )
        response.headers[.preferenceApplied] = request.preferredWait.map { "wait=\($0)" }
        return response
    }

    /// `GET /runs/{run}`.
    func showRun(_ request: Request, _ parameters: Parameters) async throws -> Response {
        let run = try await self.run(parameters)
        var response = Response.json(self.json(of: try await self.wait(for: run, as: request) ?? run))
        response.headers[.preferenceApplied] = request.preferredWait.map { "wait=\($0)" }
        return response
    }

    /// `GET /runs/{run}/log`: what the last attempt wrote, once it has ended; empty until then.
    func readLog(_ request: Request, _ parameters: Parameters) async throws -> Response {
        let stream = try request.queryChoice("stream", OutputTail.Stream.self)
        let output = try await self.service.output(of: self.run(parameters).id)
        return .text(
            output?.bytes(of: stream) ?? [],
            headers: [.droppedBytes: String(output?.droppedBytes ?? 0)]
        )
    }

    /// The run that a path names.
    private func run(_ parameters: Parameters) async throws -> Run {
        guard let id = parameters.get("run").flatMap({ RunID($0) }), let run = try await self.service.run(id) else {
            throw Problem(.notFound, "there is no such run, or its job's history is kept no longer")
        }
        return run
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
