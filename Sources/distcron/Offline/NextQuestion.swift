import DistributedCron
import DistributedCronHTTP

/// One line of `next --jsonl`.
struct NextQuestion {
    /// Why a question has no answer.
    private struct Refusal: Error {
        let message: String
        var column = 1
    }

    /// Answers a question.
    ///
    /// - Parameter line: The question, without a newline.
    /// - Returns: The answer, whatever the question was.
    static func answer(_ line: ArraySlice<UInt8>) -> JSONValue {
        let question: JSONValue
        do {
            question = try JSONParser.parse(line)
        } catch {
            return ["id": .null, "error": .string("not JSON: \(error.message)"), "column": .number("\(error.column)")]
        }
        let id = question["id"] ?? .null
        do {
            return ["id": id, "next": .array(try Self.instants(question).map { .string($0) })]
        } catch {
            return ["id": id, "error": .string(error.message), "column": .number("\(error.column)")]
        }
    }

    private static func instants(_ question: JSONValue) throws(Refusal) -> [String] {
        guard case .object(let members) = question else {
            throw Refusal(message: "the line is \(question.kind); it must be an object")
        }
        let known = ["id", "expression", "zone", "after", "count", "seconds", "dst", "name", "anchor"]
        if let unknown = members.first(where: { !known.contains($0.name) }) {
            throw Refusal(message: "there is no member of the name \(unknown.name.prefix(40))")
        }
        guard let expression = try Self.string("expression", question) else {
            throw Refusal(message: "expression is missing")
        }
        let after = try Self.instant("after", question) ?? Instant(floor: SystemWallClock().now)
        let schedule = try Self.schedule(expression, question, after: after)
        return schedule.instants(after: after, count: try Self.count(question)).map { $0.formatted(in: schedule.zone) }
    }

    private static func schedule(
        _ expression: String,
        _ question: JSONValue,
        after: Instant
    ) throws(Refusal) -> Schedule {
        let anchor = try Self.instant("anchor", question) ?? after
        let name = try Self.string("name", question)
        let seconds = try Self.seconds(question)
        let dst = try Self.dst(question)
        let zone: Zone
        do {
            zone = try Zone.named(Self.string("zone", question) ?? "UTC")
        } catch let error as ZoneError {
            throw Refusal(message: error.message)
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(message: "\(error)")
        }
        do {
            return try Schedule(expression, zone: zone, dst: dst, seconds: seconds, hashKey: name, anchor: anchor)
        } catch {
            throw Refusal(message: error.message, column: error.column)
        }
    }

    private static func string(_ name: String, _ question: JSONValue) throws(Refusal) -> String? {
        guard let value = question[name], value != .null else { return nil }
        guard let text = value.string else { throw Refusal(message: "\(name) must be a string") }
        return text
    }

    private static func instant(_ name: String, _ question: JSONValue) throws(Refusal) -> Instant? {
        guard let text = try Self.string(name, question) else { return nil }
        guard let instant = Instant(text) else { throw Refusal(message: "\(name) must be a timestamp of RFC 3339") }
        return instant
    }

    private static func seconds(_ question: JSONValue) throws(Refusal) -> Bool {
        guard let value = question["seconds"], value != .null else { return false }
        guard let seconds = value.bool else { throw Refusal(message: "seconds must be true or false") }
        return seconds
    }

    private static func dst(_ question: JSONValue) throws(Refusal) -> ClockChangeRule {
        guard let text = try Self.string("dst", question) else { return .debian }
        guard let rule = ClockChangeRule(rawValue: text) else {
            throw Refusal(message: "dst must be one of debian, skip, wall")
        }
        return rule
    }

    private static func count(_ question: JSONValue) throws(Refusal) -> Int {
        guard let value = question["count"], value != .null else { return 1 }
        guard let count = value.integer, (0...100_000).contains(count) else {
            throw Refusal(message: "count must be a whole number of 0-100000")
        }
        return count
    }
}
