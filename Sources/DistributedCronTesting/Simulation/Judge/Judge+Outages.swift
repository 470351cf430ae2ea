import DistributedCron

// What goes on while the coordination service is away: V9 and V13.
extension Judge {
    /// How long it takes until a worker goes on by the ledger: until it counts the service as silent, and a beat; and how
    /// late what is due may be then.
    private static let lateness: Int64 = 30

    /// The store knows something of the leases of workers.
    func noteLeaseRows(_ workers: Set<WorkerID>) { self.state.withLock { $0.leaseRows.formUnion(workers) } }

    /// Whether a worker that is gone may still go on by the ledger, so that a leader has to wait for it.
    var mayGoOnByTheLedger: Bool {
        let now = self.engine.now
        return self.state.withLock { state in
            // As long as the store calls a confirmation recent: its length, and a minute for clocks.
            state.leases.values.contains { $0.confirmedAt.map { now - $0 < Self.recent } ?? false }
        }
    }

    private static let recent = Duration.seconds(90)

    /// Judges a cluster in which nothing is wrong but that the coordination service has been away for some time: what goes on
    /// in an outage is on time.
    ///
    /// - Parameter start: Since when the service has been away.
    func checkOutage(since start: Duration) async {
        guard let store = self.store, let ensemble = self.ensemble else { return }
        let slots = (try? await store.slots()) ?? []
        let registered = Set(ensemble.sessions.compactMap(\.worker))
        let before = start - .seconds(Self.lateness)
        // Whoever was given a slot just before may not have heard of it.
        let settled = self.state.withLock { state in
            Set(
                slots.filter { slot in
                    (slot.worker.map { registered.contains($0) } ?? false)
                        && (state.movedAt[slot.id] ?? .zero) < before
                }
                .map(\.id)
            )
        }
        // Of a job that came later its worker hears when it looks at all of its slots again.
        let known = Instant(floor: self.date(before))
        self.checkWatermarks(slots, slack: Self.lateness) { slot, version in
            settled.contains(slot) && version.effectiveTo == nil && version.effectiveFrom < known
                && version.definition.policies.onOutage == .lease
        }
        let age = Instant(floor: self.now) - Self.lateness
        let permittedAt = self.state.withLock { $0.permittedAt }
        for slot in slots where settled.contains(slot.id) {
            let open = (try? await store.contents(of: slot.id, after: .zero, limit: 100_000))?.open ?? []
            for open in open where open.run.state == .claimed && open.definition.policies.onOutage == .lease {
                let run = open.run
                let isOld =
                    run.id.scheduledAt < age
                    && permittedAt[run.id].map { self.engine.now - $0 > .seconds(Self.lateness) } ?? false
                guard isOld, self.placesInUse(of: run.worker) < self.capacity, !self.isExcused(run.id) else { continue }
                self.violated(
                    "V9 at least one",
                    "\(run.id) is claimed, goes on in an outage, and has not started in one"
                )
            }
        }
    }
}
