#if HTTP
import Crypto
import DistributedCron
import HTTPTypes
import Hummingbird
import NIOCore

extension JobsAPI {
    /// The most jobs that are in memory while a list is sent.
    private static let pageSize = 500

    /// `GET /jobs`: the whole array, or with `limit` a page of it.
    func listJobs(_ request: APIRequest) async throws -> Response {
        let page = try PageRequest<JobID>(request.query)
        let filter = try Self.jobFilter(request.query)
        let shown = try self.view(of: request)
        var headers: HTTPFields = [:]
        if try request.query.flag("count") { headers[.totalCount] = String(try await self.count(filter)) }
        guard let limit = page.limit else {
            return try await self.streamJobs(matching: filter, after: page.cursor, headers: headers, shown)
        }
        // One more tells whether another page follows.
        var jobs = try await self.service.jobs(matching: filter, after: page.cursor, limit: min(1_000, limit + 1))
        let isLast: Bool
        if jobs.count > limit {
            jobs.removeLast(jobs.count - limit)
            isLast = false
        } else if jobs.count == limit, let last = jobs.last?.id {
            isLast = try await self.service.jobs(matching: filter, after: last, limit: 1).isEmpty
        } else {
            isLast = true
        }
        if !isLast, let last = jobs.last?.id {
            headers[.link] = page.link(path: "\(self.configuration.path)/jobs", after: last, query: request.query)
        }
        return .cacheable(
            .array(try await self.resources(jobs, shown).map(\.json)),
            headers: headers,
            for: request.http
        )
    }

    /// Which jobs a query asks for.
    private static func jobFilter(_ query: Query) throws(Problem) -> JobFilter {
        var filter = JobFilter()
        filter.query = query["q"]
        filter.name = query["name"]
        filter.status = try query.choice("status", JobStatus.self)
        filter.kind = try query.choice("type", Executable.Kind.self)
        filter.isPaused = try query.value("state", "one of active, paused") { ["active": false, "paused": true][$0] }
        for label in query.all("label") {
            let pair = label.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[0].isEmpty else {
                throw Problem(
                    .invalidField,
                    [
                        Problem.Item(
                            field: "label",
                            value: String(label.prefix(64)),
                            allowed: "key=value",
                            message: "the parameter label must be key=value"
                        )
                    ]
                )
            }
            filter.labels[String(Substring(pair[0]))] = String(Substring(pair[1]))
        }
        return filter
    }

    private func count(_ filter: JobFilter) async throws -> Int {
        var count = 0
        var page = try await self.service.jobs(matching: filter, after: nil, limit: Self.pageSize)
        while let last = page.last?.id {
            count += page.count
            guard page.count == Self.pageSize else { break }
            page = try await self.service.jobs(matching: filter, after: last, limit: Self.pageSize)
        }
        return count
    }

    /// An array of any number of jobs, of which only a page is in memory.
    ///
    /// The first page is loaded before anything is sent, so that a store that is away is still a problem document.
    private func streamJobs(
        matching filter: JobFilter,
        after cursor: JobID?,
        headers: HTTPFields,
        _ shown: Shown
    ) async throws -> Response {
        let first = try await self.service.jobs(matching: filter, after: cursor, limit: Self.pageSize)
        let body = ResponseBody { writer in
            var page = first
            var bytes = [UInt8(ascii: "[")]
            var isFirst = true
            while let last = page.last?.id {
                for job in try await self.resources(page, shown) {
                    if !isFirst { bytes.append(UInt8(ascii: ",")) }
                    isFirst = false
                    job.json.write(to: &bytes)
                }
                try await writer.write(ByteBuffer(bytes: bytes))
                bytes.removeAll(keepingCapacity: true)
                guard page.count == Self.pageSize else { break }
                page = try await self.service.jobs(matching: filter, after: last, limit: Self.pageSize)
            }
            bytes.append(contentsOf: "]\n".utf8)
            try await writer.write(ByteBuffer(bytes: bytes))
            try await writer.finish(nil)
        }
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: .ok, headers: headers, body: body)
    }
}

extension Response {
    /// A JSON document that a client need not load again while it is the same (RFC 9110 13.1.2).
    static func cacheable(_ value: JSONValue, headers: HTTPFields, for request: Request) -> Response {
        let body = value.line
        let tag = EntityTag("\"\(SHA256.hash(data: body).prefix(16).hexadecimal)\"")
        var headers = headers
        headers[.eTag] = tag.text
        if request.headers[.ifNoneMatch].map({ tag.isOne(of: $0) }) ?? false {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = "application/json"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
#endif
