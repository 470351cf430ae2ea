/// Which jobs a list holds; the default is all of them.
public struct JobFilter: Sendable, Hashable {
    /// Only jobs with this text, of any case, in their name, description or command.
    public var query: String?
    /// Only the job of this name.
    public var name: String?
    /// Only jobs of this status.
    public var status: JobStatus?
    /// Only jobs that run this kind of executable.
    public var kind: Executable.Kind?
    /// Only jobs that have all of these labels with these values.
    public var labels: [String: String] = [:]
    /// Only jobs that are paused, or only those that are not.
    public var isPaused: Bool?

    /// Everything.
    public init() {}

    /// Whether the filter leaves nothing out.
    public var isEmpty: Bool { self == Self() }

    /// Whether a job belongs to the list at `now`.
    public func matches(_ job: Job, now: Instant) -> Bool {
        if let name = self.name, job.name != name { return false }
        if let status = self.status, job.status != status { return false }
        if let kind = self.kind, job.definition.executable.kind != kind { return false }
        if let isPaused = self.isPaused, job.version.isPaused(at: now) != isPaused { return false }
        for (key, value) in self.labels where job.labels[key] != value { return false }
        guard let query = self.query?.lowercased(), !query.isEmpty else { return true }
        var texts = [job.name, job.description].compactMap { $0 }
        switch job.definition.executable {
        case .command(let text), .closure(let text): texts.append(text)
        case .script, .binary: break
        }
        return texts.contains { $0.lowercased().contains(query) }
    }
}
