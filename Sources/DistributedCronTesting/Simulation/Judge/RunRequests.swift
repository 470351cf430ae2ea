package import DistributedCron

/// The requests of users for runs, and what each may have made: one run, however often it is repeated under a key, and
/// without a key one each time.
///
/// Pure: what is wrong is returned, as a sentence.
package struct RunRequests: Sendable {
    /// A request, with its repetitions.
    private struct Request: Sendable {
        let job: JobID
        let hasKey: Bool
        /// How often it was sent, answered or not.
        var sent = 0
        /// What it was answered with.
        var runs: Set<RunID> = []

        /// How many runs it may have made.
        var limit: Int { self.hasKey ? 1 : self.sent }
    }
    private var requests: [Int: Request] = [:]
    /// Which request was answered with which run.
    private var answers: [RunID: Int] = [:]

    package init() {}

    /// The runs that somebody was told of.
    package var runs: [RunID] { self.answers.keys.sorted() }

    /// A request is about to be sent, for the first time or again.
    ///
    /// - Parameters:
    ///   - number: Which request; it has the same number when it is repeated.
    ///   - job: The job of which it asks for a run.
    ///   - hasKey: Whether it has an idempotency key, which no other has.
    package mutating func send(_ number: Int, for job: JobID, hasKey: Bool) {
        self.requests[number, default: Request(job: job, hasKey: hasKey)].sent += 1
    }

    /// A request was answered with a run.
    ///
    /// - Returns: What is wrong with that; nil if nothing is.
    package mutating func answer(_ number: Int, with run: RunID) -> String? {
        guard let request = self.requests[number] else { return "request \(number) was answered and never sent" }
        let other = self.answers[run]
        self.answers[run] = other ?? number
        self.requests[number]?.runs.insert(run)
        if run.job != request.job || run.trigger == .schedule {
            return "\(run) was acknowledged for a request for a run of job \(request.job)"
        }
        if let other, other != number { return "\(run) was acknowledged for another request before" }
        if request.hasKey, let first = request.runs.first, first != run {
            return "\(run) was acknowledged for a key that has made \(first)"
        }
        if !request.hasKey, request.runs.contains(run) {
            return "\(run) was acknowledged for a request without a key, and was there before"
        }
        return nil
    }

    /// Looks at the runs of one job that the ledger has at the end.
    ///
    /// - Parameters:
    ///   - runs: All of them; those of the schedule are of no request.
    ///   - job: The job.
    /// - Returns: What is wrong with them; nil if nothing is.
    package func problem(of runs: [RunID], of job: JobID) -> String? {
        let manual = runs.filter { $0.trigger != .schedule }.sorted()
        var first: [TriggerID: RunID] = [:]
        for run in manual {
            if let other = first[run.trigger] { return "one request has made \(other) and \(run)" }
            first[run.trigger] = run
        }
        let unknown = manual.filter { self.answers[$0] == nil }
        let limit = self.requests.values.filter { $0.job == job }.reduce(0) { $0 + max(0, $1.limit - $1.runs.count) }
        guard unknown.count > limit else { return nil }
        return
            "\(unknown[0]) is one of \(unknown.count) runs that nobody was told of, and \(limit) requests had no answer"
    }
}
