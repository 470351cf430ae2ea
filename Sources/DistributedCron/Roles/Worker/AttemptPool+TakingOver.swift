import Logging

// What earlier workers of the node have left running. The ledger is asked first, so that nobody else adopts what is gone on
// with; until the executor has heard of it, it goes on by the lease of the worker that left it, which ends before that
// worker is missed.
extension AttemptPool {
    /// Takes over what was left running, until closed or cancelled; returns when all of that has ended.
    func takeOverWhatIsLeft(_ inbox: WorkerInbox) async {
        await withDiscardingTaskGroup { group in
            while let left = await self.left.next() {
                let workers = Dictionary(grouping: left, by: \.worker).sorted { $0.key < $1.key }
                for (predecessor, attempts) in workers {
                    guard let taken = await self.ask(for: attempts.map(\.key), of: predecessor) else {
                        // The store may have given them to this worker, and will give them to others when it has ended.
                        for attempt in attempts { group.addTask { await self.abandon(attempt) } }
                        continue
                    }
                    let mine = attempts.filter { taken.contains($0.key) }
                    guard !mine.isEmpty else { continue }
                    self.logger.info(
                        "Taking over what an earlier worker has left running",
                        metadata: [LoggingKeys.worker: "\(predecessor)", "attempts": "\(mine.count)"]
                    )
                    inbox.takenOver(mine.map(\.key), from: predecessor)
                    await self.recorder.tookOver(mine.map(\.key), by: self.worker, inbox)
                    for attempt in mine {
                        // It runs whether there is room or not, and nothing else in its place.
                        let place = TakenPlace()
                        self.waiting.add([PlaceUse.takenOver(place)])
                        group.addTask {
                            await self.goOn(attempt)
                            place.free()
                        }
                    }
                }
            }
        }
    }

    /// Asks the ledger for attempts of a worker that is dead.
    ///
    /// - Returns: Those that are this worker's now; nil if that cannot be known any more, because the worker is to end.
    private func ask(for attempts: [AttemptKey], of predecessor: WorkerID) async -> Set<AttemptKey>? {
        var backoff = Backoff(self.clock)
        while true {
            do {
                return try await self.store.takeOver(attempts, from: predecessor, by: self.worker)
            } catch {
                self.logger.warning("What was left running is not taken over yet", metadata: ["error": "\(error)"])
                if let error = error as? JobStoreError, !error.isRetryable { return [] }
                guard !self.left.isClosed, (try? await backoff.wait()) != nil else { return nil }
            }
        }
    }

    /// Goes on with an attempt until its end, and records that.
    private func goOn(_ left: LeftAttempt) async {
        let key = left.key
        self.recorder.started(key, at: left.startedAt)
        let output = self.outputs.begin(key.run)
        let order = left.order
        var report = await self.ends.untilCancelled(key.run, onLapse: order.onLapse, onOutage: order.onOutage) {
            // If the lease ran out just now, the watch has looked before this attempt was there to be seen.
            if !self.lease.isGood(for: self.stopGrace, under: order.onOutage), order.onLapse == .stop {
                self.ends.cancel(RunCancellation(run: key.run, reason: .lapsed))
            }
            return await self.executor.resume(left, output: output)
        }
        report.output = self.outputs.finish(output, of: key.run)
        let whole = report
        await self.conclude(key, whole) { self.record(order, whole, endedFor: $0) }
    }

    /// Ends an attempt of which nobody knows whether it is this worker's: its run's next owner judges it.
    private func abandon(_ left: LeftAttempt) async {
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { _ = await self.executor.resume(left, output: AttemptOutput()) }
        }
    }

    /// The record of an attempt by what was ordered, as its permit is not known.
    private func record(_ order: AttemptOrder, _ report: AttemptReport, endedFor reason: RunReason?) -> Attempt {
        let natural = Attempt(order, by: self.worker, report: report)
        let isCancelled = report.outcome == .cancelled
        let retryAt: Instant? =
            switch reason {
            case .lapsed where isCancelled: order.retry(afterLapseAt: Instant(floor: self.wallClock.now))
            case nil, .lapsed: natural.retryAt
            default: nil
            }
        return Attempt(
            run: natural.run,
            number: natural.number,
            worker: natural.worker,
            epoch: natural.epoch,
            report: report,
            cancellation: isCancelled ? reason : nil,
            retryAt: retryAt
        )
    }
}

extension AttemptOrder {
    /// When the run is to be run again after its worker's lease has ended the attempt, or nil if it is not.
    ///
    /// A deadline is known here only of what is retried. Where it is not, whoever claims the run again finds out.
    fileprivate func retry(afterLapseAt now: Instant) -> Instant? {
        if let latest = self.retry?.latest, latest < now { return nil }
        return self.mayRepeat ? now : nil
    }
}
