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
        let id = request.parameters.get("worker").map { WorkerID(rawValue: $0) }
        guard let id, let worker = try await self.service.worker(id) else {
            throw Problem(.notFound, "no worker of this identity is registered or owns anything")
        }
        return .json(worker.json)
    }

    /// `GET /cluster`: who leads, and whether somebody works on every slot.
    func showCluster(_: APIRequest) async throws -> Response { .json(try await self.service.clusterStatus().json) }
}
#endif
