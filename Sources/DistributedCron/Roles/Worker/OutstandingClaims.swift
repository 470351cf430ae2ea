/// The claim tasks that this worker has to complete, and the attempts that each still waits for: pure.
///
/// Attempts and not runs: the end of an attempt may be heard of after the retry was claimed, which has a task of its own.
struct OutstandingClaims: Sendable {
    private var remaining: [TaskID: Set<AttemptKey>] = [:]
    /// Hardly ever more than one an attempt.
    private var tasks: [AttemptKey: [TaskID]] = [:]

    /// Waits for these attempts of a task, and for no others.
    ///
    /// - Returns: Whether there is nothing to wait for.
    mutating func add(_ task: TaskID, attempts: some Sequence<AttemptKey>) -> Bool {
        let attempts = Set(attempts)
        for attempt in self.remaining.removeValue(forKey: task) ?? [] {
            self.tasks[attempt]?.removeAll { $0 == task }
            if self.tasks[attempt]?.isEmpty == true { self.tasks[attempt] = nil }
        }
        guard !attempts.isEmpty else { return true }
        self.remaining[task] = attempts
        for attempt in attempts { self.tasks[attempt, default: []].append(task) }
        return false
    }

    /// An attempt's end is recorded, or another worker's to record.
    ///
    /// - Returns: The tasks that may be completed now.
    mutating func attemptEnded(_ attempt: AttemptKey) -> [TaskID] {
        (self.tasks.removeValue(forKey: attempt) ?? []).sorted().filter { task in
            self.remaining[task]?.remove(attempt)
            guard self.remaining[task]?.isEmpty ?? false else { return false }
            self.remaining[task] = nil
            return true
        }
    }
}
