/// The claim tasks that this worker has to complete, and the runs that each still waits for: pure.
struct OutstandingClaims: Sendable {
    private var remaining: [TaskID: Set<RunID>] = [:]
    /// Hardly ever more than one a run.
    private var tasks: [RunID: [TaskID]] = [:]

    /// Waits for these runs of a task, and for no others.
    ///
    /// - Returns: Whether there is nothing to wait for.
    mutating func add(_ task: TaskID, runs: some Sequence<RunID>) -> Bool {
        let runs = Set(runs)
        for run in self.remaining.removeValue(forKey: task) ?? [] { self.tasks[run]?.removeAll { $0 == task } }
        guard !runs.isEmpty else { return true }
        self.remaining[task] = runs
        for run in runs { self.tasks[run, default: []].append(task) }
        return false
    }

    /// A run's end is recorded.
    ///
    /// - Returns: The tasks that may be completed now.
    mutating func runEnded(_ run: RunID) -> [TaskID] {
        (self.tasks.removeValue(forKey: run) ?? []).sorted().filter { task in
            self.remaining[task]?.remove(run)
            guard self.remaining[task]?.isEmpty ?? false else { return false }
            self.remaining[task] = nil
            return true
        }
    }
}
