import DistributedCron

// What becomes of permits.
extension SmallScopeWorld {
    mutating func goOn(with attempt: Int, of index: Int) throws {
        let key = self.workers[index].attempts[attempt].key
        switch self.workers[index].attempts[attempt].stage {
        case .waiting:
            guard self.scope.recovery == .atMostOnce, self.scope.flaw != .launchesWithoutAMark else {
                return try self.start(attempt, of: index)
            }
            self.workers[index].attempts[attempt].stage = .marking(isUnknown: false)
        case .marking(isUnknown: true) where self.scope.flaw == .looksBeforeItMarks:
            self.workers[index].attempts[attempt].stage =
                self.isMarked(key) ? .marked(true) : .marking(isUnknown: false)
        case .marking(let isUnknown):
            let isMarked = try self.mark(key)
            self.workers[index].attempts[attempt].stage = isMarked || !isUnknown ? .marked(isMarked) : .verifying
        case .verifying:
            self.workers[index].attempts[attempt].stage = .marked(self.isMarked(key))
        case .marked(true):
            try self.start(attempt, of: index)
        case .marked(false):
            self.workers[index].finish(attempt, isRetried: false)
        case .running:
            self.endProcess(attempt, of: index, .exited(0))
        case .ended(let end):
            try self.record(end, isStarted: true)
            self.workers[index].finish(attempt, isRetried: end.retryAt != nil)
        }
    }

    mutating func recordStart(of attempt: Int, of index: Int) throws {
        let key = self.workers[index].attempts[attempt].key
        try self.fenced(key) { $0.record(starts: [key: Self.start.date], ends: []) }
        self.workers[index].attempts[attempt].stage = .running(isRecorded: true)
    }

    mutating func endProcess(_ attempt: Int, of index: Int, _ outcome: AttemptOutcome) {
        let permit = self.workers[index].attempts[attempt].permit
        // The times are the same whenever it happened: nothing depends on them, and there are fewer states.
        let report = AttemptReport(outcome: outcome, startedAt: Self.start.date, finishedAt: Self.start.date)
        let end = Attempt(
            run: permit.run.id,
            number: permit.run.attempt,
            worker: self.workers[index].id,
            epoch: permit.run.epoch,
            report: report,
            retryAt: permit.run.retry(after: outcome, at: self.now, under: permit.definition.policies)
        )
        self.workers[index].attempts[attempt].stage = .ended(end)
    }

    mutating func loseAnswer(to attempt: Int, of index: Int) {
        let key = self.workers[index].attempts[attempt].key
        switch self.workers[index].attempts[attempt].stage {
        case .marking:
            self.strays.append(.mark(key))
            self.workers[index].attempts[attempt].stage = .marking(isUnknown: true)
        case .ended(let end):
            // The recorder tries again.
            self.strays.append(.record(end))
        case .waiting, .verifying, .marked, .running:
            break
        }
    }

    private func isMarked(_ key: AttemptKey) -> Bool {
        guard let run = self.ledger.run(key.run)?.run else { return false }
        return AttemptKey(of: run) == key && run.state == .starting
    }

    /// A process comes to life, if no promise speaks against it.
    private mutating func start(_ attempt: Int, of index: Int) throws {
        let permit = self.workers[index].attempts[attempt].permit
        let key = self.workers[index].attempts[attempt].key
        guard self.granted.contains(key), key.run.scheduledAt <= self.now else {
            throw SmallScopeViolation(invariant: "V8", detail: "\(key) starts without a committed claim")
        }
        if self.scope.recovery == .atMostOnce, !self.started.insert(key.run).inserted {
            throw SmallScopeViolation(invariant: "V5", detail: "\(key) starts although its run has started before")
        }
        for other in self.workers.lazy.flatMap(\.running) {
            if other.key.run == key.run {
                throw SmallScopeViolation(invariant: "V6", detail: "\(key) starts while \(other.key) is alive")
            }
            if self.scope.concurrency == .skip {
                throw SmallScopeViolation(invariant: "V7", detail: "\(key) starts while \(other.key) is alive")
            }
        }
        let version = self.version(at: key.run.scheduledAt)
        guard permit.definition.executable == .command(Self.commands[version] ?? "") else {
            throw SmallScopeViolation(invariant: "V12", detail: "\(key) runs \(permit.definition.executable)")
        }
        self.workers[index].attempts[attempt].stage = .running(isRecorded: false)
    }
}
