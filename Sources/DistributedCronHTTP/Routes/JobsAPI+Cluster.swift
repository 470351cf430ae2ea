#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird

extension JobsAPI {
    /// `GET /workers`: in the order of their identities, all of them or with `limit` a page.
    func listWorkers(_ request: APIRequest) async throws -> Response {
        // Identities have no form that a cursor could be held against.
        let page = try PageRequest<String>(request.query)
        var workers = try await self.service.workers()
        if let cursor = page.cursor { workers.removeAll { $0.id <= WorkerID(rawValue: cursor) } }
        var headers: HTTPFields = [:]
        if let limit = page.limit, workers.count > limit {
            workers.removeLast(workers.count - limit)
            headers[.link] = page.link(
                path: "\(self.configuration.path)/workers",
                after: Query.encoded(workers[limit - 1].id.rawValue),
                query: request.query
            )
        }
        return .cacheable(.array(workers.map(\.json)), headers: headers, for: request.http)
    }

    /// `GET /workers/{worker}`.
    func showWorker(_ request: APIRequest) async throws -> Response {
        guard let id = Self.worker(request), let worker = try await self.service.worker(id) else {
            throw Problem(.notFound, "no worker of this identity is registered or owns anything")
        }
        return .json(worker.json)
    }

    /// `POST /workers/{worker}/drain`: the worker finishes what it runs, and others get its slots.
    func drainWorker(_ request: APIRequest) async throws -> Response {
        try await self.setDraining(true, request)
    }

    /// `POST /workers/{worker}/undrain`: the worker gets its share of the slots again.
    func undrainWorker(_ request: APIRequest) async throws -> Response {
        try await self.setDraining(false, request)
    }

    private func setDraining(_ isDraining: Bool, _ request: APIRequest) async throws -> Response {
        try await self.requireNothing(in: request)
        guard let id = Self.worker(request) else { throw Problem(.notFound, "the path names no worker") }
        return .json(try await self.service.setDraining(isDraining, of: id).json, status: .accepted)
    }

    /// The identity in a path.
    private static func worker(_ request: APIRequest) -> WorkerID? {
        request.parameters.get("worker").map { WorkerID(rawValue: $0) }
    }

    /// `GET /cluster`: who leads, and whether somebody works on every slot.
    func showCluster(_: APIRequest) async throws -> Response { .json(try await self.service.clusterStatus().json) }
}
#endif
