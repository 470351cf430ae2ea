import DistributedCron

/// What a client may set of a job, by the names and in the order of the one table of names.
///
/// It is shown in the full view, and it is what a merge patch (RFC 7396) is applied to.
enum JobSettings {
    /// The settings of a request, without its executable, schedule and type.
    static func members(of request: JobRequest) -> [JSONMember] {
        let policies = request.policies
        return [
            JSONMember("name", .optional(request.name)),
            JSONMember("description", .optional(request.description)),
            JSONMember("labels", .strings(request.labels)),
            JSONMember("timezone", .string(request.timeZone ?? Zone.utc.name)),
            JSONMember("dst", .string(request.dst.rawValue)),
            JSONMember("seconds", .bool(request.seconds)),
            JSONMember("misfire", Self.json(policies.misfire)),
            JSONMember("concurrency", .string(policies.concurrency.rawValue)),
            JSONMember("recovery", .string(policies.recovery.rawValue)),
            JSONMember("on_lapse", .string(policies.onLapse.rawValue)),
            JSONMember("on_outage", .string(policies.onOutage.rawValue)),
            JSONMember("retry", Self.json(policies.retry)),
            JSONMember("timeout_s", .seconds(policies.timeout)),
            JSONMember("kill_grace_s", .seconds(policies.killGrace)),
            JSONMember("deadline_s", .seconds(policies.deadline)),
            JSONMember("max_runs", .optional(policies.maxRuns)),
            JSONMember("ends_at", .optional(policies.endsAt?.description)),
            JSONMember("env", .strings(request.environment)),
            JSONMember("cwd", .optional(request.workingDirectory)),
            JSONMember("pause", Self.json(request.pause)),
        ]
    }

    /// Everything that a client may set of a job, except for the executable, as an object.
    ///
    /// What nobody has set, and follows from other members, is not in it: it follows them when those change.
    static func object(of job: Job, at now: Instant) -> JSONValue {
        let request = JobRequest(job, at: now)
        var members = Self.members(of: request)
        if request.policies.onLapseChoice == nil { members.removeAll { $0.name == "on_lapse" } }
        let first = [
            JSONMember("schedule", .string(request.schedule)),
            JSONMember("type", .string(job.definition.executable.kind.rawValue)),
        ]
        return .object(first + members)
    }

    private static func json(_ misfire: MisfirePolicy) -> JSONValue {
        [
            "policy": .string(misfire.choice.rawValue),
            "limit": .number(String(misfire.limit)),
            "window_s": .number(String(misfire.windowSeconds)),
        ]
    }

    private static func json(_ retry: RetryPolicy) -> JSONValue {
        [
            "max": .number(String(retry.max)),
            "backoff_s": .number(String(retry.backoffSeconds)),
            "max_backoff_s": .number(String(retry.maxBackoffSeconds)),
            "jitter": .number(String(retry.jitter)),
        ]
    }

    private static func json(_ pause: Pause?) -> JSONValue {
        guard let pause else { return .null }
        return ["until": .optional(pause.until?.description), "reason": .optional(pause.reason)]
    }
}

extension JSONValue {
    /// An object of texts, sorted by their keys.
    static func strings(_ texts: [String: String]) -> Self {
        .object(texts.sorted { $0.key < $1.key }.map { JSONMember($0.key, .string($0.value)) })
    }

    /// Applies a merge patch (RFC 7396): null removes a member, an object is merged, anything else replaces.
    func merged(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members: [JSONMember] = []
        if case .object(let own) = self { members = own }
        for change in changes {
            let index = members.firstIndex { $0.name == change.name }
            if change.value == .null {
                if let index { members.remove(at: index) }
            } else if let index {
                members[index].value = members[index].value.merged(with: change.value)
            } else {
                members.append(JSONMember(change.name, JSONValue.null.merged(with: change.value)))
            }
        }
        return .object(members)
    }
}
