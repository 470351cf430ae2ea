import Logging

/// Renews a worker's lease, one heartbeat each interval, whatever has become of the one before.
///
/// A heartbeat is worth nothing once the lease that it would give is over, counted from its sending; until then its
/// answer counts. So one that hangs keeps none from being sent, is given up in the end, and no more are under way than
/// are sent in the length of a lease.
struct Heartbeat: Sendable {
    let coordinator: any Coordinator
    let lease: WorkerLease
    let interval: Duration
    let clock: any Clock<Duration>
    let logger: Logger
    /// Is called when the lease is good again.
    let onRecovery: @Sendable () -> Void
    /// Asks the ledger, at each beat at which the coordination service is silent, and between two if need be; nil for never.
    var confirmations: Confirmations?
    /// Is looked at at each beat; nil for nobody to be told.
    var outages: OutageLog?

    /// Beats until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            if let confirmations = self.confirmations { group.addTask { await confirmations.run() } }
            var outages = self.outages
            while !Task.isCancelled {
                // The watch may have something to do, and its sleep be late.
                if self.lease.isSilent { self.lease.review() }
                group.addTask { await self.beat() }
                let sent = self.lease.now
                if let confirmations = self.confirmations, confirmations.isDue {
                    group.addTask { await confirmations.ask(sentAt: sent) }
                }
                // Last, because nothing that a message may wait for must hold these up.
                outages?.look()
                try? await self.clock.sleep(for: self.interval)
            }
            group.cancelAll()
        }
    }

    /// Sends one heartbeat, and gives it up when its answer would be worth nothing any more.
    private func beat() async {
        let sent = self.lease.now
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.renew(sentAt: sent) }
            group.addTask { try? await self.clock.sleep(for: self.lease.length) }
            await group.next()
            group.cancelAll()
        }
    }

    private func renew(sentAt sent: Duration) async {
        do {
            try await self.coordinator.heartbeat()
            let wasValid = self.lease.isValid
            self.lease.acknowledge(sentAt: sent)
            // What the worker did not do for want of a lease it may do now.
            if !wasValid, self.lease.isValid { self.onRecovery() }
        } catch {
            self.logger.debug("Heartbeat failed", metadata: ["error": "\(error)"])
        }
    }
}
