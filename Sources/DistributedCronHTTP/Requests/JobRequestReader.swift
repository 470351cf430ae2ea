#if HTTP
import DistributedCron

/// Turns the body of `POST /jobs` into a request, or into all that is wrong with it.
struct JobRequestReader {
    private static let known = [
        "executable", "schedule", "type", "timezone", "dst", "seconds", "name", "timeout_s", "kill_grace_s", "misfire",
        "concurrency", "recovery",
    ]
    private static let serverOwned = ["id", "status", "worker", "next_run_at", "version", "created_at", "updated_at"]

    private enum Kind: String, CaseIterable { case command, script, binary }

    private var fields: FieldReader
    private var base64Problem: Problem?
    private var file: [UInt8]?

    private init(_ fields: FieldReader) { self.fields = fields }

    /// Reads a request.
    ///
    /// - Throws: A problem that names every member that is wrong, except for what only ``JobService`` can see.
    static func read(_ body: JSONValue) throws(Problem) -> (request: JobRequest, file: [UInt8]?) {
        guard case .object(let members) = body else {
            throw Problem(.invalidField, "the body is \(body.kind); it must be an object")
        }
        var reader = Self(FieldReader(members, pointer: ""))
        reader.fields.refuseMembers(except: Self.known, serverOwned: Self.serverOwned)
        let request = reader.request()
        if let problem = reader.base64Problem, reader.fields.items.isEmpty { throw problem }
        let items = reader.fields.items + (reader.base64Problem?.items ?? [])
        guard let request, items.isEmpty else { throw Problem(.invalidField, items) }
        return (request, reader.file)
    }

    private mutating func request() -> JobRequest? {
        let executable = self.fields.required("executable", self.fields.string("executable"))
        let schedule = self.fields.required("schedule", self.fields.string("schedule"))
        let kind = self.fields.required("type", self.fields.choice("type", Kind.self))
        let payload = executable.flatMap { executable in kind.flatMap { self.payload(executable, $0) } }
        let timeZone = self.fields.string("timezone")
        let dst = self.fields.choice("dst", ClockChangeRule.self)
        let seconds = self.fields.bool("seconds")
        let name = self.fields.string("name")
        let policies = self.policies()
        guard let schedule, let payload else { return nil }
        var request = JobRequest(schedule: schedule, executable: payload)
        request.timeZone = timeZone
        request.dst = dst ?? request.dst
        request.seconds = seconds ?? request.seconds
        request.name = name
        request.policies = policies
        return request
    }

    private mutating func payload(_ executable: String, _ kind: Kind) -> Executable? {
        guard kind != .command else { return .command(executable) }
        do {
            let bytes = try Base64.decode(executable)
            self.file = bytes
            let artifact = Artifact(digest: ArtifactDigest(of: bytes), size: bytes.count)
            return kind == .script ? .script(artifact) : .binary(artifact)
        } catch {
            self.base64Problem = Problem(
                .invalidBase64,
                [
                    Problem.Item(
                        pointer: "/executable",
                        field: "executable",
                        column: error.column,
                        value: error.character,
                        allowed: "A-Z a-z 0-9 + / - _ and = at the end",
                        message: "\(error.message); a \(kind.rawValue) is posted as BASE64 of the file"
                    )
                ]
            )
            return nil
        }
    }

    private mutating func policies() -> JobPolicies {
        var policies = JobPolicies()
        if let seconds = self.fields.integer("timeout_s", in: 1...31_536_000) { policies.timeout = .seconds(seconds) }
        if let seconds = self.fields.integer("kill_grace_s", in: 0...3_600) { policies.killGrace = .seconds(seconds) }
        if let choice = self.fields.choice("concurrency", ConcurrencyPolicy.self) { policies.concurrency = choice }
        if let choice = self.fields.choice("recovery", RecoveryPolicy.self) { policies.recovery = choice }
        if let members = self.fields.object("misfire") {
            var fields = FieldReader(members, pointer: "/misfire")
            fields.refuseMembers(except: ["policy", "limit", "window_s"])
            let defaults = MisfirePolicy()
            policies.misfire = MisfirePolicy(
                fields.choice("policy", MisfirePolicy.Choice.self) ?? defaults.choice,
                limit: fields.integer("limit", in: 1...10_000) ?? defaults.limit,
                windowSeconds: Int64(fields.integer("window_s", in: 0...31_536_000) ?? Int(defaults.windowSeconds))
            )
            self.fields.items += fields.items
        }
        return policies
    }
}
#endif
