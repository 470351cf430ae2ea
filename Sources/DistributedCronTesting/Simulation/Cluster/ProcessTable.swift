import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The jobs' processes on one node of a simulated cluster: they outlive the worker that started them.
final class ProcessTable: Sendable {
    /// How a process ended.
    enum Exit: Sendable, Hashable {
        case code(Int32)
        case signal(Int32)
    }
    private struct Child {
        let execution: Int
        let order: AttemptOrder
        let start: Duration
        let startedAt: Date
        /// The worker whose it is: by whose lease it lives.
        var worker: WorkerID
        let reaction: Duration?
        var end: (at: Duration, exit: Exit, timer: UInt64)
        var isAskedToEnd = false
        /// What is to be recorded of it if it ends by itself, unless how it ends is never known.
        let record: (@Sendable (AttemptOutcome, WorkerID) -> Attempt)?
        /// Tells the worker whose it is, as long as that lives.
        var onExit: (@Sendable (Exit) -> Void)?
    }
    /// What a worker finds that wants to go on with an attempt.
    enum Finding: Sendable {
        /// A process, which is the worker's now, and for how long it has run.
        case running(Int, for: Duration)
        /// How the attempt has ended.
        case ended(AttemptOutcome)
    }
    private struct State {
        var nextNumber = 1
        var children: [Int: Child] = [:]
        var frozenAt: Duration?
        /// What the node's workers have written into their lease files, on the boot-time clock.
        var deadlines: [WorkerID: LeaseDeadlines] = [:]
        /// When the supervisor looks again.
        var watch: UInt64?
        /// How processes have ended, in that order, as far as no worker has written it down.
        var unsettled: [Attempt] = []
        /// How attempts have ended whose worker was gone.
        var orphansEnded: [AttemptKey: AttemptOutcome] = [:]
        /// Tells the worker that is there of those that end by themselves.
        var onOrphansEnd: (@Sendable (Attempt) -> Void)?
    }
    /// How long what is to stop has for it before its worker's lease ends.
    private static let stopGrace = WorkerConfiguration().lease / 3
    /// How soon a supervisor that stood still with its machine looks at the lease.
    private static let glance = Duration.seconds(1)

    let engine: SimulationEngine
    private let faults: FaultSwitches
    private let judge: Judge
    private let state = Lock(State())

    init(engine: SimulationEngine, faults: FaultSwitches, judge: Judge) {
        self.engine = engine
        self.faults = faults
        self.judge = judge
    }

    /// Starts a process.
    ///
    /// - Parameters:
    ///   - order: What it is for.
    ///   - worker: Who starts it.
    ///   - startedAt: When, by the node's clock.
    ///   - execution: The judge's number for it.
    ///   - record: What is to be recorded if it ends by itself; nil if that is never known.
    ///   - onExit: Tells the worker.
    /// - Returns: Its number.
    func spawn(
        _ order: AttemptOrder,
        by worker: WorkerID,
        startedAt: Date,
        execution: Int,
        record: (@Sendable (AttemptOutcome, WorkerID) -> Attempt)?,
        onExit: @escaping @Sendable (Exit) -> Void
    ) -> Int {
        let behaviour = Behaviour(order.environment)
        let isFailure = self.engine.draw { Int.random(in: 0..<100, using: &$0) } < behaviour.failures
        let duration = self.engine.duration(behaviour.duration)
        let number = self.state.withLock { state in
            defer { state.nextNumber += 1 }
            state.children[state.nextNumber] = Child(
                execution: execution,
                order: order,
                start: self.engine.now,
                startedAt: startedAt,
                worker: worker,
                reaction: behaviour.reaction,
                end: (self.engine.now + duration, .code(isFailure ? 1 : 0), 0),
                record: record,
                onExit: onExit
            )
            return state.nextNumber
        }
        self.schedule(number)
        self.supervise()
        return number
    }

    private func schedule(_ number: Int) {
        guard let end = self.state.withLock({ $0.frozenAt == nil ? $0.children[number]?.end : nil }) else { return }
        let timer = self.engine.after(end.at - self.engine.now) { self.exit(number, end.exit) }
        self.state.withLock { $0.children[number]?.end.timer = timer }
    }

    private func exit(_ number: Int, _ exit: Exit) {
        guard let child = self.state.withLock({ $0.children.removeValue(forKey: number) }) else { return }
        self.engine.cancel(child.end.timer)
        self.judge.ended(child.execution, exit)
        // What was made to end is judged by its worker, or by the run's next owner.
        var natural: Attempt?
        if case .code(let code) = exit, !child.isAskedToEnd, let attempt = child.record?(.exited(code), child.worker) {
            natural = attempt
            self.state.withLock { $0.unsettled.append(attempt) }
        }
        if let onExit = child.onExit { return onExit(exit) }
        let lost = child.order.mayRepeat ? AttemptOutcome.cancelled : .lost
        let outcome = natural?.report.outcome ?? (child.isAskedToEnd ? .cancelled : lost)
        let tell = self.state.withLock { state in
            state.orphansEnded[AttemptKey(of: child.order)] = outcome
            return state.onOrphansEnd
        }
        if let natural { tell?(natural) }
    }

    /// SIGTERM.
    func terminate(_ number: Int) {
        let reaction = self.state.withLock { state -> Duration? in
            guard state.children[number]?.isAskedToEnd == false else { return nil }
            state.children[number]?.isAskedToEnd = true
            return state.children[number]?.reaction
        }
        guard let reaction else { return }
        self.reschedule(number, at: self.engine.now + reaction, .signal(15))
    }

    /// SIGKILL.
    func kill(_ number: Int) {
        self.state.withLock { $0.children[number]?.isAskedToEnd = true }
        self.reschedule(number, at: self.engine.now, .signal(9))
    }

    /// Makes a process end earlier than it would by itself.
    private func reschedule(_ number: Int, at time: Duration, _ exit: Exit) {
        let timer = self.state.withLock { state -> UInt64? in
            guard let end = state.children[number]?.end, time < end.at else { return nil }
            state.children[number]?.end = (time, exit, 0)
            return end.timer
        }
        guard let timer else { return }
        self.engine.cancel(timer)
        if time <= self.engine.now, self.state.withLock({ $0.frozenAt == nil }) {
            self.exit(number, exit)
        } else {
            self.schedule(number)
        }
    }

    // MARK: Supervision

    /// A worker's leases are good for so long from now.
    func renewLease(of worker: WorkerID, _ rest: (OutagePolicy) -> Duration) {
        let now = self.engine.now
        let deadlines = LeaseDeadlines(hold: now + rest(.hold), lease: now + rest(.lease))
        self.state.withLock { $0.deadlines[worker] = deadlines }
        self.supervise()
    }

    /// Ends what must not outlive the lease, whether the worker lives or not.
    private func supervise() {
        let (children, watch) = self.state.withLock { state in
            defer { state.watch = nil }
            let children = state.frozenAt == nil ? state.children.sorted { $0.key < $1.key } : []
            let judged = children.map { number, child in
                (number, child.order, state.deadlines[child.worker]?[child.order.onOutage])
            }
            return (judged, state.watch)
        }
        if let watch { self.engine.cancel(watch) }
        var next: Duration?
        for (number, order, deadline) in children {
            let supervision = Supervision(order.onLapse, stopGrace: min(.seconds(10), Self.stopGrace))
            switch supervision.verdict(deadline: deadline, now: self.engine.now) {
            case .run(let until):
                if let until { next = min(next ?? until, until) }
            case .ask(let until):
                self.terminate(number)
                next = min(next ?? until, until)
            case .kill:
                self.kill(number)
            }
        }
        guard let next else { return }
        let timer = self.engine.after(next - self.engine.now) { self.supervise() }
        self.state.withLock { $0.watch = timer }
    }

    /// Ends a run's process at once.
    func kill(_ run: RunID) {
        for number in self.numbers where self.order(number)?.run == run { self.kill(number) }
    }

    /// The worker that started a process is gone; the process goes on.
    func orphan(_ number: Int) {
        let isThere = self.state.withLock { state in
            state.children[number]?.onExit = nil
            return state.children[number] != nil
        }
        if isThere { self.faults.count(.childOutlives) }
    }

    /// What runs and whose worker is gone.
    func leftRunning() -> [LeftAttempt] {
        self.state.withLock { state in
            state.children.sorted { $0.key < $1.key }.map(\.value).filter { $0.onExit == nil }
                .map { LeftAttempt(order: $0.order, worker: $0.worker, startedAt: $0.startedAt) }
        }
    }

    /// Makes an attempt another worker's whose own is gone, unless it has ended, or is being ended: then that takes its course.
    ///
    /// - Parameters:
    ///   - left: The attempt.
    ///   - worker: The worker.
    ///   - isToEnd: Whether it is handed over only to be ended, because its new worker is to end, or does not know whether
    ///     the ledger has given it.
    ///   - onExit: Is called when it has ended.
    /// - Returns: What is found; nil if it was never there, or is another's already.
    func handOver(
        _ left: LeftAttempt,
        to worker: WorkerID,
        isToEnd: Bool,
        onExit: @escaping @Sendable (Exit, _ isKnown: Bool) -> Void
    ) -> Finding? {
        let now = self.engine.now
        let (finding, execution) = self.state.withLock { state -> (Finding?, Int?) in
            let found = state.children.first { _, child in
                child.onExit == nil && child.worker == left.worker && AttemptKey(of: child.order) == left.key
            }
            guard let (number, child) = found.map({ ($0.key, $0.value) }) else {
                return (state.orphansEnded[left.key].map { Finding.ended($0) }, nil)
            }
            let isKnown = child.record != nil
            state.children[number]?.onExit = { onExit($0, isKnown) }
            guard !child.isAskedToEnd else { return (.running(number, for: now - child.start), nil) }
            state.children[number]?.worker = worker
            return (.running(number, for: now - child.start), child.execution)
        }
        // Else it ends within the lease that it has, as far as the judge knows.
        if let execution, !isToEnd { self.judge.handedOver(execution, to: worker) }
        // Its new worker's lease may be over.
        self.supervise()
        return finding
    }

    /// Whether a process was asked to end.
    func isAskedToEnd(_ number: Int) -> Bool { self.state.withLock { $0.children[number]?.isAskedToEnd ?? true } }

    /// The processes that run, oldest first.
    private var numbers: [Int] { self.state.withLock { $0.children.keys.sorted() } }

    private func order(_ number: Int) -> AttemptOrder? { self.state.withLock { $0.children[number]?.order } }

    /// Ends everything at once, as the loss of power does, or a worker that finds what its predecessor has left.
    func killAll() {
        for number in self.numbers { self.kill(number) }
    }

    /// Power is lost, or the supervisor was killed, and with it what that knew.
    func lose() {
        self.killAll()
        self.state.withLock { state in
            state.unsettled = []
            state.orphansEnded = [:]
        }
    }

    // MARK: Ends that nobody has written down

    /// How processes of other workers have ended by themselves.
    ///
    /// - Parameters:
    ///   - worker: Who wants to know.
    ///   - onEnd: Is told of those that do so later, until another worker asks.
    /// - Returns: The records of their attempts.
    func left(to worker: WorkerID, onEnd: @escaping @Sendable (Attempt) -> Void) -> [Attempt] {
        self.state.withLock { state in
            state.onOrphansEnd = onEnd
            return state.unsettled.filter { $0.worker != worker }
        }
    }

    /// A worker has written down how attempts have ended.
    func settle(_ attempts: [AttemptKey]) {
        self.state.withLock { state in state.unsettled.removeAll { attempts.contains(AttemptKey(of: $0)) } }
    }

    // MARK: A machine that stands still

    func freeze() {
        let timers = self.state.withLock { state in
            state.frozenAt = self.engine.now
            return state.children.keys.sorted().compactMap { state.children[$0]?.end.timer }
        }
        for timer in timers { self.engine.cancel(timer) }
    }

    func thaw() {
        let now = self.engine.now
        let numbers = self.state.withLock { state in
            let frozen = state.frozenAt.map { now - $0 } ?? .zero
            state.frozenAt = nil
            for number in state.children.keys { state.children[number]?.end.at += frozen }
            return state.children.keys.sorted()
        }
        for number in numbers { self.schedule(number) }
        self.engine.after(self.engine.duration(.zero...Self.glance)) { self.supervise() }
    }
}
