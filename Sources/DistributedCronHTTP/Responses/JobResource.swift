import DistributedCron

/// A job as the API shows it.
struct JobResource {
    /// How much is shown.
    enum View: String, CaseIterable {
        /// The five members of the contract.
        case contract
        /// All members.
        case full
    }

    let job: Job
    let view: View
    /// Where a client reaches the API, such as `http://localhost:30000`.
    let baseURL: String
    /// The present, for what follows from it.
    let now: Instant

    /// The job; it begins with the contract's members, in the contract's order.
    var json: JSONValue {
        .object(self.view == .full ? self.contract + self.extensions : self.contract)
    }

    private var contract: [JSONMember] {
        let executable: JSONValue
        let type: JSONValue
        switch self.job.definition.executable {
        case .command(let command): (executable, type) = (.string(command), "command")
        case .script: (executable, type) = (self.artifact, "script")
        case .binary: (executable, type) = (self.artifact, "binary")
        case .closure(let name): (executable, type) = (.string(name), "closure")
        }
        return [
            JSONMember("id", .string("\(self.job.id)")),
            JSONMember("status", .string(self.job.status.rawValue)),
            JSONMember("executable", executable),
            JSONMember("schedule", .string(self.job.definition.schedule.text)),
            JSONMember("type", type),
        ]
    }

    private var artifact: JSONValue { .string("\(self.baseURL)/jobs/\(self.job.id)/artifact") }

    private var extensions: [JSONMember] {
        let schedule = self.job.definition.schedule
        let policies = self.job.definition.policies
        let next = self.job.progress.isRemoved ? nil : self.job.version.next(after: self.now)
        return [
            JSONMember("name", .optional(self.job.name)),
            JSONMember("timezone", .string(schedule.zone.name)),
            JSONMember("dst", .string(schedule.dst.rawValue)),
            JSONMember("seconds", .bool(schedule.seconds)),
            JSONMember("timeout_s", .seconds(policies.timeout)),
            JSONMember("kill_grace_s", .seconds(policies.killGrace)),
            JSONMember("misfire", self.misfire),
            JSONMember("concurrency", .string(policies.concurrency.rawValue)),
            JSONMember("recovery", .string(policies.recovery.rawValue)),
            JSONMember("next_run_at", .optional(next?.description)),
            JSONMember("version", .number(String(self.job.version.number))),
            JSONMember("created_at", .timestamp(self.job.createdAt)),
            JSONMember("updated_at", .timestamp(self.job.updatedAt)),
        ]
    }

    private var misfire: JSONValue {
        let misfire = self.job.definition.policies.misfire
        return [
            "policy": .string(misfire.choice.rawValue),
            "limit": .number(String(misfire.limit)),
            "window_s": .number(String(misfire.windowSeconds)),
        ]
    }
}
