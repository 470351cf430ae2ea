#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird

extension JobsAPI {
    /// `POST /jobs/{id}/backfill`: runs the instants of a range of the past, or with `dry_run` says which.
    func backfillJob(_ request: APIRequest) async throws -> Response {
        let isDryRun = try request.query.flag("dry_run")
        let backfill = try await Self.backfill(request)
        let job = try await self.job(request).id
        guard !isDryRun else {
            let instants = try await self.service.instants(of: job, in: backfill)
            return .json(Self.json(of: backfill, job, instants, runs: nil))
        }
        let runs = try await self.service.backfill(
            job,
            backfill,
            idempotency: request.http.idempotencyKey(path: "/jobs/\(job)/backfill")
        )
        let instants = runs.map(\.id.scheduledAt)
        let list = Self.list(of: job, instants, path: self.configuration.path)
        var headers: HTTPFields = [:]
        headers[.location] = list
        return .json(Self.json(of: backfill, job, instants, runs: list), status: .accepted, headers: headers)
    }

    /// What a body asks for.
    private static func backfill(_ request: APIRequest) async throws -> Backfill {
        let body = try await request.http.json(upTo: 64 * 1_024)
        var fields = FieldReader(try body?.members ?? [])
        fields.refuseMembers(except: ["from", "to", "reason", "force"])
        let start = fields.instant("from")
        let end = fields.instant("to")
        let reason = fields.string("reason")
        let isForced = fields.bool("force") ?? false
        let (from, to) = (fields.required("from", start), fields.required("to", end))
        guard let from, let to, fields.items.isEmpty else { throw Problem(.invalidField, fields.items) }
        return Backfill(from: from, to: to, reason: reason, isForced: isForced)
    }

    /// Where the runs of a backfill are listed, together with those that other backfills have for the same instants.
    private static func list(of job: JobID, _ instants: [Instant], path: String) -> String? {
        guard let first = instants.first, let last = instants.last else { return nil }
        return "\(path)/jobs/\(job)/runs?trigger=backfill&since=\(first)&until=\(last + 1)"
    }

    private static func json(of backfill: Backfill, _ job: JobID, _ instants: [Instant], runs: String?) -> JSONValue {
        [
            "job_id": .string("\(job)"),
            "from": .string("\(backfill.from)"),
            "to": .string("\(backfill.to)"),
            "count": .number(String(instants.count)),
            "first": .optional(instants.first?.description),
            "last": .optional(instants.last?.description),
            "runs": .optional(runs),
        ]
    }
}
#endif
