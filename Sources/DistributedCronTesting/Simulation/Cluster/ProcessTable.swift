import DistributedCron

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
        let reaction: Duration?
        var end: (at: Duration, exit: Exit, timer: UInt64)
        var isAskedToEnd = false
        /// What is to be recorded of it if it ends by itself, unless how it ends is never known.
        let record: (@Sendable (AttemptOutcome) -> Attempt)?
        /// Tells the worker that started it, as long as that lives.
        var onExit: (@Sendable (Exit) -> Void)?
    }
    private struct State {
        var nextNumber = 1
        var children: [Int: Child] = [:]
        var frozenAt: Duration?
        /// What the node's worker has written into its lease file, on the boot-time clock.
        var deadline: Duration?
        /// When the supervisor looks again.
        var watch: UInt64?
        /// How processes have ended, in that order, as far as no worker has written it down.
        var unsettled: [Attempt] = []
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
    ///   - execution: The judge's number for it.
    ///   - record: What is to be recorded if it ends by itself; nil if that is never known.
    ///   - onExit: Tells the worker.
    /// - Returns: Its number.
    func spawn(
        _ order: AttemptOrder,
        execution: Int,
        record: (@Sendable (AttemptOutcome) -> Attempt)?,
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
        if case .code(let code) = exit, !child.isAskedToEnd, let attempt = child.record?(.exited(code)) {
            self.state.withLock { $0.unsettled.append(attempt) }
        }
        child.onExit?(exit)
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
    func kill(_ number: Int) { self.reschedule(number, at: self.engine.now, .signal(9)) }

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

    /// The worker's lease is good for so long from now.
    func renewLease(for duration: Duration) {
        let deadline = self.engine.now + duration
        self.state.withLock { $0.deadline = deadline }
        self.supervise()
    }

    /// Ends what must not outlive the lease, whether the worker lives or not.
    private func supervise() {
        let (children, deadline, watch) = self.state.withLock { state in
            defer { state.watch = nil }
            let children = state.frozenAt == nil ? state.children.keys.sorted() : []
            return (
                children.compactMap { number in state.children[number].map { (number, $0.order) } }, state.deadline,
                state.watch
            )
        }
        if let watch { self.engine.cancel(watch) }
        var next: Duration?
        for (number, order) in children {
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

    /// The processes that run, oldest first.
    private var numbers: [Int] { self.state.withLock { $0.children.keys.sorted() } }

    private func order(_ number: Int) -> AttemptOrder? { self.state.withLock { $0.children[number]?.order } }

    /// Ends everything at once, as the loss of power does, or a worker that finds what its predecessor has left.
    func killAll() {
        for number in self.numbers { self.kill(number) }
    }

    /// Power is lost, and with it what the supervisor knew.
    func lose() {
        self.killAll()
        self.state.withLock { $0.unsettled = [] }
    }

    // MARK: Ends that nobody has written down

    /// How processes of other workers have ended by themselves.
    func left(to worker: WorkerID) -> [Attempt] {
        self.state.withLock { $0.unsettled.filter { $0.worker != worker } }
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
