import Logging

/// Has the ledger confirm a worker while the coordination service does not answer, at the heartbeat's pace, and at once when
/// something that goes on in an outage comes into the worker's slots meanwhile.
///
/// It begins before the session's lease is over, so that what goes on in an outage is never without a lease, and costs the
/// store nothing before. A call may hang like a heartbeat, and is given up when its answer would be worth nothing.
struct Confirmations: Sendable {
    let worker: WorkerID
    let store: any JobStore
    let lease: WorkerLease
    let clock: any Clock<Duration>
    let logger: Logger
    /// Whether something runs, or waits to, that goes on in an outage.
    let isRunning: @Sendable () -> Bool
    /// Is called when the worker begins to go on by the ledger.
    let onBeginning: @Sendable () -> Void
    private let refusal = Bell()

    init(
        worker: WorkerID,
        store: any JobStore,
        lease: WorkerLease,
        clock: any Clock<Duration>,
        logger: Logger,
        isRunning: @escaping @Sendable () -> Bool = { false },
        onBeginning: @escaping @Sendable () -> Void = {}
    ) {
        self.worker = worker
        self.store = store
        self.lease = lease
        self.clock = clock
        self.logger = logger
        self.isRunning = isRunning
        self.onBeginning = onBeginning
    }

    /// Whether to ask now.
    ///
    /// Only a worker that has a lease asks for another. Once it had none, a leader may have seen it revoked and have given
    /// its slots to others, and a store that has forgotten that would confirm it again.
    var isDue: Bool {
        self.lease.isSilent && self.lease.isGood(under: .lease)
            && (self.lease.isConfirmationWanted || self.isRunning())
    }

    /// Asks whenever something that goes on in an outage comes into the worker's slots and there was nothing before, until
    /// cancelled: when the next heartbeat is due there may be no lease any more.
    func run() async {
        while true {
            await self.lease.waitUntilWanted()
            guard !Task.isCancelled else { return }
            let sent = self.lease.now
            if self.isDue { await self.ask(sentAt: sent) }
        }
    }

    /// Asks once.
    ///
    /// - Parameter sent: The present, from before ``isDue`` was asked.
    func ask(sentAt sent: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.confirm(sentAt: sent) }
            group.addTask { try? await self.clock.sleep(for: self.lease.length) }
            await group.next()
            group.cancelAll()
        }
    }

    private func confirm(sentAt sent: Duration) async {
        do {
            let length = self.lease.length + WorkerConfiguration.slack
            guard try await self.store.confirm(self.worker, for: length) else {
                self.lease.revoke()
                return self.refusal.ring()
            }
            let wasAway = self.lease.isAway
            self.lease.confirm(sentAt: sent)
            if !wasAway, self.lease.isAway { self.onBeginning() }
        } catch {
            self.logger.debug("The ledger did not confirm the worker", metadata: ["error": "\(error)"])
        }
    }

    /// Waits until the ledger refuses to confirm the worker, because a leader takes it for dead.
    ///
    /// - Returns: False if the task was cancelled.
    func waitUntilRefused() async -> Bool {
        await self.refusal.wait()
        return !Task.isCancelled
    }
}
