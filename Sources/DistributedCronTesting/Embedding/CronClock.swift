public import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The time of a cron under test: it moves only when a test moves it, and then stops wherever something is due.
///
/// Given to a test by ``withCron(at:timeZone:configuration:_:)``. It is the service's wall clock, the clock of its
/// closures' time-outs, and a clock on which closures can sleep. What the roles wait for among themselves takes real
/// time, and so do processes: moving the clock waits for those that run.
public final class CronClock: Clock {
    /// How long, in real time, runs may take to end before ``settle()`` gives up; 30 seconds.
    public static let patience = Swift.Duration.seconds(30)

    private struct Sleep {
        let deadline: ManualClock.Instant
        let run: RunID?
        let isTimeout: Bool
    }
    private struct State {
        var sleeps: [Int: Sleep] = [:]
        var nextSleep = 0
        /// What the worker knew when it last came to rest.
        var views: [SlotID: SlotView] = [:]
        /// Runs of which the latest attempt has exceeded its time-out.
        var expired: Set<RunID> = []
        /// Why the service has ended, if it has.
        var failure: (any Error)?
    }

    private let state = Lock(State())
    private let time: ManualTime
    private let scheduler: ManualScheduler
    private let store: InMemoryJobStore
    private let changes: ChangeSignal
    private let capacity: Int

    init(
        time: ManualTime,
        scheduler: ManualScheduler,
        store: InMemoryJobStore,
        changes: ChangeSignal,
        capacity: Int
    ) {
        self.time = time
        self.scheduler = scheduler
        self.store = store
        self.changes = changes
        self.capacity = capacity
    }

    /// The wall clock of the service, for what else needs one, such as its REST API.
    public var wallClock: any WallClock { self.time.wallClock }

    /// What the wall clock shows, to the second.
    public var instant: DistributedCron.Instant { DistributedCron.Instant(floor: self.time.wallClock.now) }

    // MARK: Moving time

    /// Moves time forward to an instant; one that has passed only waits for what is due.
    ///
    /// Stops at every instant at which something is due: an instant of a schedule, a retry, a time-out, the end of a
    /// closure's sleep. Time stands still there until whatever became due has ended or sleeps on this clock.
    ///
    /// - Throws: ``UnsettledRuns``; `CancellationError`.
    public func advance(to instant: DistributedCron.Instant) async throws {
        while true {
            try await self.settle()
            let next = min(instant, try await self.nextInstant)
            let left = Swift.Duration.seconds(next.date.timeIntervalSince(self.time.wallClock.now))
            guard left > .zero else { return }
            if let deadline = self.nextDeadline, self.now.duration(to: deadline) < left {
                self.time.advance(by: self.now.duration(to: deadline))
            } else {
                self.time.advance(to: next)
            }
            self.scheduler.wake()
        }
    }

    /// Moves time forward to an instant as RFC 3339 writes it, such as `2026-03-29T01:00:00Z`.
    ///
    /// - Throws: ``InvalidInstant``; ``UnsettledRuns``; `CancellationError`.
    public func advance(to text: String) async throws { try await self.advance(to: InvalidInstant.read(text)) }

    /// Moves time forward by whole seconds, as ``advance(to:)`` does.
    ///
    /// - Throws: ``UnsettledRuns``; `CancellationError`.
    public func advance(bySeconds seconds: Int64) async throws { try await self.advance(to: self.instant + seconds) }

    /// Waits until everything that is due has been claimed, and every run has ended or sleeps on this clock.
    ///
    /// - Throws: ``UnsettledRuns`` if that takes longer than ``patience``; what has ended the service, if it has ended;
    ///   `CancellationError`.
    public func settle() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in self.changes.stream() where try await self.isSettled { return }
                try Task.checkCancellation()
            }
            group.addTask {
                try await ContinuousClock().sleep(for: Self.patience)
                var filter = RunFilter()
                filter.states = [.claimed, .starting, .running]
                throw UnsettledRuns(runs: try await self.store.runs(matching: filter, before: nil, limit: 10))
            }
            try await group.next()
            group.cancelAll()
        }
    }

    // MARK: Sleeping

    /// The time since the test began.
    public var now: ManualClock.Instant { self.time.clock.now }

    /// The smallest step, which is none: the clock is exact.
    public var minimumResolution: Swift.Duration { .zero }

    /// Sleeps until the clock has been moved to a deadline.
    ///
    /// A closure of a job that sleeps here lets time go on; for whatever else it waits, time waits as well.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    public func sleep(until deadline: ManualClock.Instant, tolerance: Swift.Duration? = nil) async throws {
        try await self.sleep(until: deadline, isTimeout: false)
    }

    /// Sleeps for the closure that the task works for, or until its attempt has taken too long.
    func sleep(until deadline: ManualClock.Instant, isTimeout: Bool) async throws {
        let sleep = Sleep(deadline: deadline, run: RunContext.current, isTimeout: isTimeout)
        let number = self.state.withLock { state in
            defer { state.nextSleep += 1 }
            state.sleeps[state.nextSleep] = sleep
            if isTimeout, let run = sleep.run { state.expired.remove(run) }
            return state.nextSleep
        }
        self.changes.send()
        let result: Result<Void, any Error>
        do {
            result = .success(try await self.time.clock.sleep(until: deadline))
        } catch {
            result = .failure(error)
        }
        self.state.withLock { state in
            state.sleeps[number] = nil
            if isTimeout, let run = sleep.run, (try? result.get()) != nil { state.expired.insert(run) }
        }
        self.changes.send()
        try result.get()
    }

    // MARK: What is due

    /// When the next sleep ends.
    private var nextDeadline: ManualClock.Instant? {
        let now = self.now
        return self.state.withLock { state in state.sleeps.values.lazy.map(\.deadline).filter { $0 > now }.min() }
    }

    /// Whether a run only waits for time to pass.
    private func sleeps(_ run: RunID) -> Bool {
        let now = self.now
        return self.state.withLock { state in
            let sleeps = state.sleeps.values.filter { $0.run == run }
            return !state.expired.contains(run) && !sleeps.contains { $0.isTimeout && $0.deadline <= now }
                && sleeps.contains { !$0.isTimeout && $0.deadline > now }
        }
    }

    private var isSettled: Bool {
        get async throws {
            let count = self.changes.count
            if let failure = self.state.withLock({ $0.failure }) { throw failure }
            var awake: [Run] = []
            var sleeping = 0
            for (replica, started) in try await self.replicas {
                let known = self.state.withLock { $0.views[replica.slot.id] }
                // The worker may not have heard yet of what is in the ledger already.
                guard known == SlotView(slot: replica.slot, inProgress: Set(started.map(\.id))),
                    replica.plan(now: self.instant) == nil
                else { return false }
                awake += started.filter { !self.sleeps($0.id) }
                sleeping += started.count { self.sleeps($0.id) }
            }
            // What waits for a place waits for those that sleep in them all.
            let isWaiting = sleeping >= self.capacity && awake.allSatisfy { $0.state == .claimed }
            // The slots were looked at one after the other.
            return (awake.isEmpty || isWaiting) && self.changes.count == count
        }
    }

    /// The service has ended.
    func serviceEnded(_ error: any Error) {
        self.state.withLock { $0.failure = error }
        self.changes.send()
    }

    /// The worker has come to rest, knowing this.
    func workerRests(_ views: [SlotID: SlotView]) {
        self.state.withLock { $0.views = views }
        self.changes.send()
    }

    /// The next instant at which there is something to do by the ledger.
    private var nextInstant: DistributedCron.Instant {
        get async throws {
            let now = self.instant
            return try await self.replicas.lazy.map(\.replica.nextDecision).filter { $0 > now }.min() ?? .distantFuture
        }
    }

    /// The slots as their owner sees them once it has heard of every change, and their runs that have begun.
    private var replicas: [(replica: SlotReplica, started: [Run])] {
        get async throws {
            var replicas: [(replica: SlotReplica, started: [Run])] = []
            for slot in try await self.store.slots() {
                let contents = try await self.store.contents(of: slot.id, after: .zero, limit: .max - 1)
                var replica = SlotReplica(slot: slot, handlers: nil)
                _ = replica.load(contents, as: contents.slot.worker ?? WorkerID(rawValue: ""))
                replicas.append((replica, contents.open.map(\.run).filter { $0.state != .pending }))
            }
            return replicas
        }
    }
}
