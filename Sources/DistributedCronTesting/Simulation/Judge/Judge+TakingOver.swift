import DistributedCron

// What a worker goes on with that another of its node has left running: V4, V6 and V8.
extension Judge {
    /// Attempts were taken over in the ledger: nothing has changed but whose they are, and they were a dead worker's of the
    /// same node.
    func checkTakeOver(
        _ keys: [AttemptKey],
        from predecessor: WorkerID,
        by worker: WorkerID,
        _ before: Before
    ) async {
        let nodes = self.state.withLock { state in [predecessor, worker].map { state.leases[$0]?.node } }
        for key in keys {
            guard let old = before.runs[key.run], let new = try? await self.store?.run(key.run) else { continue }
            if AttemptKey(of: new) == key, new.isInProgress, new.worker == worker {
                self.state.withLock { state in
                    state.takenOver.insert(key)
                    state.forgottenTakeOvers[key] = nil
                }
            }
            guard new != old else { continue }
            self.trace { "store: \(worker) takes over \(key.run) attempt \(key.number) from \(predecessor)" }
            var expected = old
            expected.worker = worker
            if old.state == .claimed { expected.state = .starting }
            guard AttemptKey(of: old) == key, old.isInProgress, new == expected,
                old.worker == predecessor || old.worker == worker
            else {
                self.violated("V4 fenced", "that \(worker) takes over \(key) changed \(old) to \(new)")
                continue
            }
            if nodes[0] != nodes[1] {
                self.violated("V15 leader safe", "\(worker) takes over \(key.run) from \(predecessor) of another node")
            }
        }
    }

    /// A process lives by the lease of another worker from now on.
    ///
    /// Whoever gives it that has asked the ledger before, which may have forgotten it since.
    func handedOver(_ number: Int, to worker: WorkerID) {
        let execution = self.state.withLock { state in
            state.executions[number].worker = worker
            state.executions[number].isTakenOver = true
            return state.executions[number]
        }
        self.trace {
            "\(execution.node): \(execution.run) attempt \(execution.attempt) is gone on with by \(worker)"
        }
        self.checkLease(of: worker, execution.onOutage)
        guard !self.isExcused(execution.run) else { return }
        let key = AttemptKey(
            run: execution.run,
            number: execution.attempt,
            epoch: Epoch(fence: execution.fence)
        )
        let isKnown = self.state.withLock { state in
            state.takenOver.contains(key) || state.forgottenTakeOvers[key] != nil
        }
        if !isKnown {
            self.violated(
                "V8 no phantom",
                "\(execution.run) goes on under \(worker), and the ledger has not given it attempt \(execution.attempt)"
            )
        }
    }
}
