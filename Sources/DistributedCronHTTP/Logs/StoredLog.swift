import DistributedCron

/// What is kept of what an attempt wrote, once it has ended.
struct StoredLog: Sendable {
    /// The attempt's number.
    let attempt: Int
    /// The end.
    let tail: OutputTail
    /// The beginning, up to the executor's limit and what the executor says there, if it is longer than the tail.
    let beginning: Artifact?

    /// The artifact, if it holds everything.
    var whole: Artifact? { self.beginning.flatMap { $0.size == self.tail.droppedBytes + self.tail.count ? $0 : nil } }

    /// How many bytes the artifact lacks, at least.
    var missingBytes: Int {
        self.beginning.map { max(0, self.tail.droppedBytes + self.tail.count - $0.size) } ?? self.tail.droppedBytes
    }

    init(attempt: Int, tail: OutputTail, beginning: Artifact?) {
        self.attempt = attempt
        self.tail = tail
        self.beginning = beginning
    }

    init(_ attempt: Attempt) {
        self.init(attempt: attempt.number, tail: attempt.report.output, beginning: attempt.report.fullOutput)
    }
}
