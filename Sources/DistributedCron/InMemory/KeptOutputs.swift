import DequeModule

/// Which attempts still have the end of what they wrote, the oldest first, and how many bytes those are: pure.
struct KeptOutputs: Sendable {
    /// How many bytes of all jobs together are kept: 256 MiB.
    static let limit = 256 << 20

    private var order: Deque<(attempt: AttemptKey, bytes: Int)> = []
    private var bytes = 0
    private let limit: Int

    init(limit: Int = Self.limit) { self.limit = limit }

    /// Takes note of an attempt's output.
    ///
    /// - Returns: The attempts, the oldest, of which the output is not to be kept any longer.
    mutating func add(_ attempt: AttemptKey, bytes: Int) -> [AttemptKey] {
        guard bytes > 0 else { return [] }
        self.order.append((attempt, bytes))
        self.bytes += bytes
        var dropped: [AttemptKey] = []
        while self.bytes > self.limit, let oldest = self.order.popFirst() {
            self.bytes -= oldest.bytes
            dropped.append(oldest.attempt)
        }
        return dropped
    }
}

extension InMemoryLedger {
    /// Keeps the end of an attempt's output, and lets go of the oldest outputs above the limit.
    mutating func keepOutput(of attempt: Attempt) {
        let key = AttemptKey(run: attempt.run, number: attempt.number, epoch: attempt.epoch)
        self.keepOutput(of: key, bytes: attempt.report.output.count)
    }

    mutating func keepOutput(of attempt: AttemptKey, bytes: Int) {
        for dropped in self.outputs.add(attempt, bytes: bytes) { self.dropOutput(of: dropped) }
    }

    private mutating func dropOutput(of key: AttemptKey) {
        guard let index = self.jobs.index(forKey: key.run.job) else { return }
        self.jobs.values[index].dropOutput(of: key)
    }
}

extension InMemoryLedger.JobRow {
    fileprivate mutating func dropOutput(of key: AttemptKey) {
        let index = self.runs.lowerBound(key.run)
        guard index < self.runs.count, self.runs[index].run.id == key.run else { return }
        for attempt in self.runs[index].attempts.indices
        where self.runs[index].attempts[attempt].number == key.number
            && self.runs[index].attempts[attempt].epoch == key.epoch
        {
            self.runs[index].attempts[attempt].report.output.forget()
        }
    }
}
