#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird

extension JobsAPI {
    /// `GET /schedule/preview`: what an expression does, without a job.
    func previewSchedule(_ request: APIRequest) async throws -> Response {
        let query = request.query
        let after = try query.instant("after") ?? Instant(floor: self.wallClock.now)
        let zone = try query.zone("tz") ?? .utc
        let dst = try query.choice("dst", ClockChangeRule.self) ?? .debian
        let seconds = try query.flag("seconds")
        let count = try query.integer("count", in: 0...FireResource.maximumCount) ?? 5
        guard let text = query["expr"] else {
            throw Problem(.invalidField, [Problem.Item(field: "expr", message: "the parameter expr is missing")])
        }
        let schedule: Schedule
        do {
            schedule = try Schedule(text, zone: zone, dst: dst, seconds: seconds, anchor: after)
        } catch {
            throw Problem(.invalidSchedule, [Problem.Item(error, pointer: nil)])
        }
        return .json([
            "expression": .string(schedule.text),
            "timezone": .string(zone.name),
            "dst": .string(dst.rawValue),
            "seconds": .bool(seconds),
            "words": .string(schedule.summary),
            "next": FireResource(schedule).list(after: after, count: count) { schedule.next(after: $0) },
            "findings": schedule.findingsJSON,
        ])
    }
}

extension Query {
    /// A time zone, or nil if it is absent.
    ///
    /// - Throws: A problem with the name that was probably meant.
    func zone(_ name: String) throws(Problem) -> Zone? {
        guard let text = self[name] else { return nil }
        do {
            return try Zone.named(text)
        } catch {
            throw Problem(
                .invalidField,
                [
                    Problem.Item(
                        field: name,
                        value: error.name,
                        allowed: "a name of the IANA time zone database",
                        suggestion: error.suggestion,
                        message: error.message
                    )
                ]
            )
        }
    }
}
#endif
