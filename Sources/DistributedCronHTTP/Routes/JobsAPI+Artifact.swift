#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird

extension JobsAPI {
    /// `GET /jobs/{id}/artifact`: the bytes of a script or a binary.
    func readArtifact(_ request: APIRequest) async throws -> Response {
        guard let artifact = try await self.job(request).definition.executable.artifact else {
            throw Problem(.notFound, "the job runs no file")
        }
        return try await .file(
            size: artifact.size,
            tag: EntityTag("\"\(artifact.digest.hexadecimal)\""),
            headers: [.contentType: "application/octet-stream"],
            for: request.http
        ) {
            try await self.service.read(artifact)
        }
    }

    /// `PUT /jobs/{id}/artifact`: replaces the file by the body, which is the file itself.
    func replaceArtifact(_ request: APIRequest) async throws -> Response {
        let digest = try request.http.declaredSHA256()
        let condition = try request.http.versionCondition()
        try await self.requireVersion(condition, request)
        let job = try await self.job(request)
        let kind = try Self.fileKind(of: job, asked: request.query.choice("type", Executable.Kind.self))
        let artifact = try await self.service.upload(
            UploadBody(request.http, limit: self.service.limits.artifactBytes)
        )
        guard digest == nil || digest == artifact.digest.hexadecimal else {
            throw Problem(.digestMismatch, "the SHA-256 of the body is \(artifact.digest.hexadecimal)")
        }
        let changed = try await self.answeringStaleVersions(request) {
            try await self.service.update(job.id, ifVersion: condition?.number) { current in
                var change = JobRequest(current)
                change.executable = kind == .script ? .script(artifact) : .binary(artifact)
                return change
            }
        }
        return Response(status: .noContent, headers: [.eTag: EntityTag(version: changed.version.number).text])
    }

    /// What kind of file a job is to have.
    private static func fileKind(of job: Job, asked: Executable.Kind?) throws(Problem) -> Executable.Kind {
        let kind = asked ?? job.definition.executable.kind
        guard kind == .script || kind == .binary else {
            throw Problem(
                .invalidField,
                [
                    Problem.Item(
                        field: "type",
                        value: kind.rawValue,
                        allowed: "script, binary",
                        message: "the job runs no file yet; say with the parameter type what this one is"
                    )
                ]
            )
        }
        return kind
    }
}
#endif
