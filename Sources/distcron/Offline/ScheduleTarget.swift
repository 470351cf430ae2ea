import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// An expression, or a job that has one.
struct ScheduleTarget {
    private let text: String
    private let options: ScheduleOptions

    /// Takes the words of a command line together; an expression may be quoted as a whole or in parts.
    init(_ words: [String], _ options: ScheduleOptions) {
        self.text = words.joined(separator: " ")
        self.options = options
    }

    /// A single word is a job, unless it begins like a macro: no other expression is one word.
    private var isJob: Bool {
        self.text.first != "@" && !self.text.contains { $0 == " " || $0 == "\t" } && !self.text.isEmpty
    }

    /// The schedule; a server is asked only for a job's.
    ///
    /// - Throws: ``Failure``.
    func schedule(_ client: ClientOptions) async throws -> Schedule {
        guard self.isJob else { return try self.expression(self.text, self.options.tz, self.options.dst) }
        guard !self.options.areForExpression else {
            throw Failure(.usage, "\(self.text) is a job, which has its own zone and rules")
        }
        let job = try await client.client().job(self.text)
        let anchor = job["created_at"]?.string.flatMap { Instant($0) }
        return try self.expression(
            job["schedule"]?.string ?? "",
            job["timezone"]?.string,
            job["dst"]?.string.flatMap(ClockChangeRule.init(rawValue:)),
            seconds: job["seconds"]?.bool,
            anchor: anchor
        )
    }

    private func expression(
        _ text: String,
        _ zoneName: String?,
        _ dst: ClockChangeRule?,
        seconds: Bool? = nil,
        anchor: Instant? = nil
    ) throws -> Schedule {
        let zone: Zone
        do {
            zone = try zoneName.map { name throws(ZoneError) in try Zone.named(name) } ?? .utc
        } catch {
            throw Failure(.badData, error.message, help: error.suggestion.map { "--tz \($0)" })
        }
        do {
            return try Schedule(
                text,
                zone: zone,
                dst: dst ?? .debian,
                seconds: seconds ?? self.options.seconds,
                hashKey: self.options.name,
                anchor: anchor ?? self.options.start
            )
        } catch let error as ScheduleError {
            throw Failure(error, in: text)
        }
    }
}
