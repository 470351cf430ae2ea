import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

/// A member of a job that people can write, by its name in the API.
struct JobField: Sendable {
    /// What its values are.
    enum Kind: Sendable {
        case text
        case flag
        case integer
        case number
        /// A span of time, which the API takes in seconds.
        case seconds
        /// A timestamp of RFC 3339.
        case instant
        case choice([String])
        /// Texts by keys, each of which is written on its own.
        case texts
        /// Members of its own, each of which is written on its own.
        case group
    }

    /// The name, with a dot between that of a group and that of its member.
    let name: String
    let kind: Kind

    /// Every field.
    static let all: [Self] = [
        Self(name: "executable", kind: .text),
        Self(name: "schedule", kind: .text),
        Self(name: "type", kind: .choice(["command", "script", "binary"])),
        Self(name: "name", kind: .text),
        Self(name: "description", kind: .text),
        Self(name: "labels", kind: .texts),
        Self(name: "timezone", kind: .text),
        Self(name: "dst", kind: .choice(ClockChangeRule.allCases.map(\.rawValue))),
        Self(name: "seconds", kind: .flag),
        Self(name: "misfire", kind: .group),
        Self(name: "misfire.policy", kind: .choice(MisfirePolicy.Choice.allCases.map(\.rawValue))),
        Self(name: "misfire.limit", kind: .integer),
        Self(name: "misfire.window_s", kind: .seconds),
        Self(name: "concurrency", kind: .choice(ConcurrencyPolicy.allCases.map(\.rawValue))),
        Self(name: "recovery", kind: .choice(RecoveryPolicy.allCases.map(\.rawValue))),
        Self(name: "on_lapse", kind: .choice(LapseConduct.allCases.map(\.rawValue))),
        Self(name: "on_outage", kind: .choice(OutagePolicy.allCases.map(\.rawValue))),
        Self(name: "retry", kind: .group),
        Self(name: "retry.max", kind: .integer),
        Self(name: "retry.backoff_s", kind: .seconds),
        Self(name: "retry.max_backoff_s", kind: .seconds),
        Self(name: "retry.jitter", kind: .number),
        Self(name: "timeout_s", kind: .seconds),
        Self(name: "kill_grace_s", kind: .seconds),
        Self(name: "deadline_s", kind: .seconds),
        Self(name: "max_runs", kind: .integer),
        Self(name: "ends_at", kind: .instant),
        Self(name: "env", kind: .texts),
        Self(name: "cwd", kind: .text),
        Self(name: "pause", kind: .group),
        Self(name: "pause.until", kind: .instant),
        Self(name: "pause.reason", kind: .text),
    ]

    /// Finds the field that a key names.
    ///
    /// - Parameter key: Such as `timeout_s`, `retry.max` or `labels.team`.
    /// - Returns: The field, and where its value is in a job.
    /// - Throws: ``Failure`` with the name that was probably meant.
    static func named(_ key: String) throws(Failure) -> (field: Self, path: [String]) {
        if let field = Self.all.first(where: { $0.name == key }) {
            return (field, key.split(separator: ".").map(String.init))
        }
        // Keys of labels may have dots themselves.
        let parts = key.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, !parts[1].isEmpty, let field = Self.all.first(where: { $0.name == parts[0] }),
            case .texts = field.kind
        {
            return (Self(name: key, kind: .text), parts)
        }
        let names = Self.all.map(\.name)
        let suffixed = names.first { $0 == "\(key)_s" || $0.hasSuffix(".\(key)") }
        throw Failure(
            .usage,
            "a job has no \(Table.printable(key)) that can be set",
            help: (suffixed ?? nearest(to: key, among: names)).map { "did you mean \($0)?" }
                ?? "there are: \(names.joined(separator: ", "))"
        )
    }

    /// Reads a value.
    ///
    /// - Throws: ``Failure`` that says what the value may be.
    func value(_ text: String) throws(Failure) -> JSONValue {
        switch self.kind {
        case .text: return .string(text)
        case .flag:
            guard let flag = ["true": true, "false": false][text] else { throw self.refusal(text, "true or false") }
            return .bool(flag)
        case .integer:
            guard let number = Int(text) else { throw self.refusal(text, "a whole number") }
            return .number(String(number))
        case .number:
            guard let number = Double(text), number.isFinite else { throw self.refusal(text, "a number") }
            return .number(String(number))
        case .seconds:
            guard let span = Span(text) else { throw self.refusal(text, "a span of time, such as 90, 90s, 15m or 2h") }
            return .number(String(span.seconds))
        case .instant:
            guard let instant = Instant(text) else {
                throw self.refusal(text, "a timestamp of RFC 3339, such as 2026-11-22T23:00:00Z")
            }
            return .string("\(instant)")
        case .choice(let words):
            guard words.contains(text) else {
                throw self.refusal(text, "one of \(words.joined(separator: ", "))", nearest(to: text, among: words))
            }
            return .string(text)
        case .texts: throw self.refusal(text, "set key by key, such as \(self.name).KEY=VALUE")
        case .group:
            let members = Self.all.map(\.name).filter { $0.hasPrefix("\(self.name).") }
            throw self.refusal(text, "set member by member: \(members.joined(separator: ", "))")
        }
    }

    private func refusal(_ text: String, _ allowed: String, _ suggestion: String? = nil) -> Failure {
        Failure(
            .usage,
            "\(self.name) cannot be \(JSONValue.string(Table.printable(text)).text); it must be \(allowed)",
            help: suggestion.map { "did you mean \($0)?" }
        )
    }
}
