#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird

extension JobsAPI {
    private static let mergePatch = "application/merge-patch+json"

    /// `PUT /jobs/{id}`: replaces what a client may set, all of it.
    func replaceJob(_ request: APIRequest) async throws -> Response {
        let condition = try request.http.versionCondition()
        guard let condition else {
            throw Problem(.preconditionRequired, "send If-Match with the job's ETag, or with * to replace any version")
        }
        let isLenient = try request.query.flag("lenient")
        let contents = try await self.checkedBody(of: request, condition)
        return try await self.change(request, condition) { job in
            try JobRequestReader.read(
                contents.json,
                executable: contents.executable,
                existing: .init(job: job, isPatch: false, path: self.configuration.path),
                isLenient: isLenient
            )
        }
    }

    /// `PATCH /jobs/{id}`: changes some of what a client may set (RFC 7396).
    func patchJob(_ request: APIRequest) async throws -> Response {
        let condition = try request.http.versionCondition()
        let isLenient = try request.query.flag("lenient")
        let contents = try await self.checkedBody(of: request, condition)
        guard case .object = contents.json else {
            throw Problem(.invalidField, "the body is \(contents.json.kind); it must be an object")
        }
        guard contents.json["executable"] != .null else {
            throw Problem(
                .invalidField,
                [.init(pointer: "/executable", field: "executable", message: "executable cannot be cleared")]
            )
        }
        return try await self.change(request, condition) { job in
            try JobRequestReader.read(
                JobSettings.object(of: job, at: Instant(floor: self.wallClock.now)).merged(with: contents.json),
                executable: contents.executable,
                existing: .init(job: job, isPatch: true, path: self.configuration.path),
                isLenient: isLenient
            )
        }
    }

    /// `DELETE /jobs/{id}`: the job keeps its history and never fires again; repeating it changes nothing.
    func removeJob(_ request: APIRequest) async throws -> Response {
        let words = ["finish": false, "cancel": true]
        let cancelling = try request.query.value("running", "one of finish, cancel") { words[$0] } ?? false
        try await self.requireVersion(request.http.versionCondition(), request)
        guard let id = request.jobID, try await self.service.remove(id, cancellingRuns: cancelling) != nil else {
            throw Problem.noJob
        }
        return Response(status: .noContent)
    }

    /// `POST /jobs/{id}/pause`.
    func pauseJob(_ request: APIRequest) async throws -> Response {
        let shown = try self.view(of: request)
        var pause = Pause()
        if let body = try await request.http.json(upTo: 64 * 1_024) {
            var fields = FieldReader(try body.members)
            fields.refuseMembers(except: ["until", "reason"])
            pause = Pause(until: fields.instant("until"), reason: fields.string("reason"))
            guard fields.items.isEmpty else { throw Problem(.invalidField, fields.items) }
        }
        guard let id = request.jobID else { throw Problem.noJob }
        let version = try request.http.versionCondition()?.number
        return try await self.answeringStaleVersions(request) {
            try await self.response(self.service.pause(id, pause, ifVersion: version), shown)
        }
    }

    /// `POST /jobs/{id}/resume`: nothing is caught up.
    func resumeJob(_ request: APIRequest) async throws -> Response {
        let shown = try self.view(of: request)
        if let body = try await request.http.json(upTo: 64 * 1_024) {
            var fields = FieldReader(try body.members)
            fields.refuseMembers(except: [])
            guard fields.items.isEmpty else { throw Problem(.invalidField, fields.items) }
        }
        guard let id = request.jobID else { throw Problem.noJob }
        let version = try request.http.versionCondition()?.number
        return try await self.answeringStaleVersions(request) {
            try await self.response(self.service.resume(id, ifVersion: version), shown)
        }
    }

    /// The body of a change, once it is known that there is a job in the version that it is for.
    ///
    /// A long file is not read for nothing; the change itself checks again.
    private func checkedBody(of request: APIRequest, _ condition: VersionCondition?) async throws -> JobBody.Contents {
        try await self.requireVersion(condition, request)
        return try await self.body(of: request.http, or: request.http.method == .patch ? [Self.mergePatch] : [])
    }

    /// Refuses a request for a job in another version than it is in.
    func requireVersion(_ condition: VersionCondition?, _ request: APIRequest) async throws {
        let job = try await self.job(request)
        if case .version(let version) = condition, job.version.number != version {
            throw Problem.staleVersion(job.version.number)
        }
    }

    /// Makes a conflict of versions the answer that `If-Match` asks for.
    func answeringStaleVersions<Answer>(
        _ request: APIRequest,
        _ change: () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await change()
        } catch let error as JobStoreError where error.code == .conflict && request.http.headers[.ifMatch] != nil {
            throw Problem.staleVersion(try await self.job(request).version.number)
        }
    }

    private func change(
        _ request: APIRequest,
        _ condition: VersionCondition?,
        _ read: (Job) throws -> JobInput
    ) async throws -> Response {
        let shown = try self.view(of: request)
        guard let id = request.jobID else { throw Problem.noJob }
        var ignored: [String] = []
        let changed = try await self.answeringStaleVersions(request) {
            try await self.service.update(id, ifVersion: condition?.number) { job in
                let input = try read(job)
                ignored = input.ignored
                return try await self.settled(input)
            }
        }
        var headers: HTTPFields = [:]
        if !ignored.isEmpty { headers[.ignoredFields] = ignored.joined(separator: ", ") }
        return try await self.response(changed, shown, headers: headers)
    }
}

/// Which version of a job a request may change.
enum VersionCondition: Hashable {
    /// Whatever is there.
    case any
    /// This one only.
    case version(Int)

    /// The version, if there is only one.
    var number: Int? {
        if case .version(let number) = self { number } else { nil }
    }
}

extension Request {
    /// What `If-Match` says, or nil if there is no such header.
    ///
    /// - Throws: A problem if it is neither `*` nor the entity tag of a version.
    func versionCondition() throws(Problem) -> VersionCondition? {
        guard let header = self.headers[.ifMatch] else { return nil }
        if header[...].trimmingBlanks == "*" { return .any }
        if let version = EntityTag.version(in: header) { return .version(version) }
        throw Problem(.versionConflict, "If-Match is neither * nor the ETag of a version of the job, such as \"v7\"")
    }
}

extension Problem {
    fileprivate static func staleVersion(_ current: Int) -> Self {
        Self(
            .versionConflict,
            "the job is in version \(current) now",
            headers: [.eTag: EntityTag(version: current).text]
        )
    }
}

extension JSONValue {
    /// The members of a body that must be an object.
    var members: [JSONMember] {
        get throws(Problem) {
            if case .object(let members) = self { return members }
            throw Problem(.invalidField, "the body is \(self.kind); it must be an object, or be left out")
        }
    }
}
#endif
