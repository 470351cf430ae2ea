#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird
import NIOCore

extension JobsAPI {
    /// `GET /jobs`: the whole array, or with `limit` a page of it.
    func listJobs(_ request: Request, _: Parameters) async throws -> Response {
        let page = try PageRequest<JobID>(request)
        let view = try request.queryChoice("view", JobResource.View.self) ?? .contract
        let resource = self.resource(for: request, view: view)
        guard let limit = page.limit else {
            return try await self.streamJobs(after: page.cursor) { resource($0).json }
        }
        let jobs = try await self.service.jobs(after: page.cursor, limit: limit)
        var response = Response.json(.array(jobs.map { resource($0).json }))
        if jobs.count == limit, let last = jobs.last?.id,
            try await !self.service.jobs(after: last, limit: 1).isEmpty
        {
            response.headers[.link] = page.link(path: "\(self.configuration.path)/jobs", after: last, view: view)
        }
        return response
    }

    /// `POST /jobs`: creates a job.
    func createJob(_ request: Request, _: Parameters) async throws -> Response {
        let view = try request.queryChoice("view", JobResource.View.self) ?? .contract
        guard let body = try await request.json(upTo: self.configuration.maximumBodyBytes) else {
            throw Problem(.invalidJSON, "the body is empty; it must be a JSON object")
        }
        let input = try JobRequestReader.read(body)
        if let file = input.file {
            _ = try await self.service.upload(
                AsyncStream([UInt8].self) { continuation in
                    continuation.yield(file)
                    continuation.finish()
                }
            )
        }
        let job = try await self.service.create(input.request)
        return .json(
            self.resource(for: request, view: view)(job).json,
            status: .created,
            headers: [.location: "\(self.configuration.path)/jobs/\(job.id)"]
        )
    }

    /// `GET /jobs/{id}`.
    func showJob(_ request: Request, _ parameters: Parameters) async throws -> Response {
        let view = try request.queryChoice("view", JobResource.View.self) ?? .contract
        let job = try await self.job(parameters)
        return .json(self.resource(for: request, view: view)(job).json)
    }

    /// `DELETE /jobs/{id}`: the job keeps its history and never fires again; repeating it changes nothing.
    func removeJob(_: Request, _ parameters: Parameters) async throws -> Response {
        guard let id = JobID(parameters), try await self.service.remove(id) != nil else { throw Problem.noJob }
        return Response(status: .noContent)
    }

    /// `GET /jobs/{id}/artifact`: the bytes of a script or a binary.
    func readArtifact(_: Request, _ parameters: Parameters) async throws -> Response {
        let artifact: Artifact
        switch try await self.job(parameters).definition.executable {
        case .command: throw Problem(.notFound, "the job runs a command, which needs no file")
        case .closure: throw Problem(.notFound, "the job runs a closure, which needs no file")
        case .script(let script): artifact = script
        case .binary(let binary): artifact = binary
        }
        let content = try await self.artifacts.read(artifact.digest)
        return Response(
            status: .ok,
            headers: [.contentType: "application/octet-stream", .xContentTypeOptions: "nosniff"],
            body: ResponseBody(contentLength: artifact.size) { writer in
                for try await bytes in content { try await writer.write(ByteBuffer(bytes: bytes)) }
                try await writer.finish(nil)
            }
        )
    }

    /// The job that a path names.
    func job(_ parameters: Parameters) async throws -> Job {
        guard let id = JobID(parameters), let job = try await self.service.job(id) else { throw Problem.noJob }
        return job
    }

    /// How jobs are shown to the client that sent a request.
    private func resource(for request: Request, view: JobResource.View) -> @Sendable (Job) -> JobResource {
        let baseURL = self.baseURL(request)
        let now = Instant(floor: self.wallClock.now)
        return { JobResource(job: $0, view: view, baseURL: baseURL, now: now) }
    }

    /// An array of any number of jobs, of which only a page is in memory.
    ///
    /// The first page is loaded before anything is sent, so that a store that is away is still a problem document.
    private func streamJobs(
        after cursor: JobID?,
        json: @escaping @Sendable (Job) -> JSONValue
    ) async throws -> Response {
        let pageSize = 500
        let service = self.service
        let first = try await service.jobs(after: cursor, limit: pageSize)
        let body = ResponseBody { writer in
            var page = first
            var bytes = [UInt8(ascii: "[")]
            while let last = page.last?.id {
                for job in page {
                    if bytes.count != 1 || bytes[0] != UInt8(ascii: "[") { bytes.append(UInt8(ascii: ",")) }
                    json(job).write(to: &bytes)
                }
                try await writer.write(ByteBuffer(bytes: bytes))
                bytes.removeAll(keepingCapacity: true)
                guard page.count == pageSize else { break }
                page = try await service.jobs(after: last, limit: pageSize)
            }
            bytes.append(contentsOf: "]\n".utf8)
            try await writer.write(ByteBuffer(bytes: bytes))
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/json"], body: body)
    }
}

extension JobID {
    /// The job in a path.
    fileprivate init?(_ parameters: Parameters) {
        guard let id = parameters.get("id").flatMap({ Self($0) }) else { return nil }
        self = id
    }
}

extension Problem {
    static let noJob = Self(.notFound, "there is no such job, and there never was")
}
#endif
