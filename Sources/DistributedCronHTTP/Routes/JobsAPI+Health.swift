#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird

extension JobsAPI {
    /// `GET /healthz`: the process answers.
    func showHealth(_: APIRequest) async throws -> Response { .json(["status": "ok"]) }

    /// `GET /readyz`: what the server needs is there, or 503.
    func showReadiness(_: APIRequest) async throws -> Response {
        let checks = await self.service.checks()
        let isReady = checks.allSatisfy { $0.problem == nil }
        let members = checks.map { JSONMember($0.name, .string($0.problem ?? "ok")) }
        return .json(
            ["ready": .bool(isReady), "checks": .object(members)],
            status: isReady ? .ok : .serviceUnavailable
        )
    }

    /// `GET /version`.
    func showVersion(_: APIRequest) async throws -> Response { .json(["version": .string(Self.version)]) }

    /// `GET /openapi.yaml`: the description of these routes, for tools.
    func showDescription(_: APIRequest) async throws -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/yaml", .xContentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml))
        )
    }

    /// `GET /problems/{slug}`: the page that a problem's type leads to.
    func explainProblem(_ request: APIRequest) async throws -> Response {
        guard let kind = request.parameters.get("slug").flatMap({ ProblemKind(rawValue: $0) }) else {
            throw Problem(.notFound, "there is no such problem")
        }
        return .text(Array("\(kind.title) (\(kind.status.code))\n\n\(kind.explanation)\n".utf8))
    }
}
#endif
