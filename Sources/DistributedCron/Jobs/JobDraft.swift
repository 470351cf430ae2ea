/// A job as it is to be stored.
public struct JobDraft: Sendable, Hashable {
    /// The identity, made by the caller so that a repeated call is recognised.
    public var id: JobID
    /// The user's name for it.
    public var name: String?
    /// What it is for, in the user's words.
    public var description: String?
    /// The user's own keys and values.
    public var labels: [String: String]
    /// What the user asked for.
    public var definition: JobDefinition
    /// The pause with which the version begins, or nil to run.
    public var pause: Pause?

    /// Drafts a job.
    public init(
        id: JobID,
        name: String? = nil,
        description: String? = nil,
        labels: [String: String] = [:],
        definition: JobDefinition,
        pause: Pause? = nil
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.labels = labels
        self.definition = definition
        self.pause = pause
    }

    /// The draft that changes nothing of a job.
    public init(_ job: Job) {
        self.init(
            id: job.id,
            name: job.name,
            description: job.description,
            labels: job.labels,
            definition: job.definition,
            pause: job.version.pause
        )
    }
}

/// A client's name for a request, so that repeating it does nothing twice.
public struct IdempotencyKey: Sendable, Hashable {
    /// The client's text.
    public let key: String
    /// What distinguishes the request from others, such as a hash of its body.
    public let fingerprint: [UInt8]

    /// Names a request.
    public init(key: String, fingerprint: [UInt8]) {
        self.key = key
        self.fingerprint = fingerprint
    }
}

/// The answer to a request for a job.
public struct JobCreation: Sendable, Hashable {
    /// The job as it is now.
    public let job: Job
    /// Whether an earlier request with the same idempotency key has made it.
    public let isReplay: Bool

    /// Answers a request.
    public init(job: Job, isReplay: Bool) {
        self.job = job
        self.isReplay = isReplay
    }
}
