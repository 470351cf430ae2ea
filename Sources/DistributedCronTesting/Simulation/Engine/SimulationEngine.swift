import DistributedCron

/// One thread on which a whole cluster runs: it takes the jobs that are ready in an order drawn from the seed, and
/// moves time on only when none is.
///
/// Everything of a simulation runs on executors of one engine (``SimulatedExecutor``) and waits on its clocks, so a seed
/// determines every step. What runs elsewhere all the same is noticed where it touches the engine, and fails the
/// simulation (``escapes``), and so does what goes on and on without a wait (``Ending/spinning``).
package final class SimulationEngine: Sendable {
    /// How a run has ended.
    package enum Ending: Sendable, Hashable {
        /// The work has come to its end.
        case over
        /// Nothing is left that could happen.
        case standstill
        /// Something goes on and on, and time does not.
        case spinning
    }

    /// How many steps there may be without time moving on: far more than any moment has, and seconds of real time.
    package static let stepLimit = 10_000_000

    private struct ReadyJob {
        let job: UnownedJob
        let executor: SimulatedExecutor
    }
    private struct State {
        var generator: SeededGenerator
        let stepLimit: Int
        var now = Duration.zero
        /// The same in whole nanoseconds, which is all that timers count.
        var nanoseconds: Int64 = 0
        var ready: [ReadyJob] = []
        var timers = TimerQueue()
        var hash = TraceHash()
        var steps = 0
        /// How many steps there were since time has moved on.
        var stepsAtOnce = 0
        var escapes = 0
        var isOver = false

        /// Chooses the job to run now; if none is ready, time moves on.
        mutating func takeNext() -> Step {
            guard !self.isOver else { return .end(.over) }
            guard self.stepsAtOnce < self.stepLimit else { return .end(.spinning) }
            self.stepsAtOnce += 1
            let count = self.ready.count
            guard count > 0 else { return self.takeTimer() }
            let index = count == 1 ? 0 : Int.random(in: 0..<count, using: &self.generator)
            self.hash.add(UInt64(count) << 32 | UInt64(index))
            self.steps += 1
            self.ready.swapAt(index, count - 1)
            return .job(self.ready.removeLast())
        }

        mutating func takeTimers() -> TimerQueue {
            defer { self.timers = TimerQueue() }
            return self.timers
        }

        private mutating func takeTimer() -> Step {
            guard let timer = self.timers.popFirst() else { return .end(.standstill) }
            if timer.at > self.nanoseconds { self.stepsAtOnce = 0 }
            self.nanoseconds = timer.at
            self.now = .nanoseconds(timer.at)
            self.hash.add(UInt64(bitPattern: timer.at))
            return .action(timer.action)
        }
    }
    private enum Step {
        case job(ReadyJob)
        case action(@Sendable () -> Void)
        case end(Ending)
    }
    private let state: Lock<State>
    private let thread: ThreadIdentity

    /// Creates an engine for the thread that calls; that thread has to run it.
    ///
    /// - Parameters:
    ///   - seed: What the order of the steps is drawn from.
    ///   - stepLimit: After how many steps without time moving on it gives up.
    package init(seed: UInt64, stepLimit: Int = SimulationEngine.stepLimit) {
        self.state = Lock(State(generator: SeededGenerator(seed: seed), stepLimit: stepLimit))
        self.thread = ThreadIdentity()
    }

    // MARK: Time

    /// How much time has passed since the beginning.
    package var now: Duration {
        self.noteThread()
        return self.state.withLock { $0.now }
    }

    /// Does something when some time has passed: synchronous, on the engine's thread.
    ///
    /// - Returns: What ``cancel(_:)`` takes.
    @discardableResult
    package func after(_ delay: Duration, _ action: @escaping @Sendable () -> Void) -> UInt64 {
        self.noteThread()
        let nanoseconds = max(0, delay.nanosecondsRoundedUp)
        return self.state.withLock { $0.timers.add(at: $0.nanoseconds + nanoseconds, action) }
    }

    /// Keeps something from happening that was to happen later.
    package func cancel(_ ticket: UInt64) {
        self.noteThread()
        // What the action holds is let go of here, outside of the lock.
        _ = self.state.withLock { $0.timers.cancel(ticket) }
    }

    // MARK: Randomness

    /// Draws from the seed's numbers.
    package func draw<Value>(_ body: (inout SeededGenerator) -> Value) -> Value {
        self.noteThread()
        return self.state.withLock { body(&$0.generator) }
    }

    /// Whether something of this probability happens.
    package func chance(_ probability: Double) -> Bool {
        probability > 0 && self.draw { Double.random(in: 0..<1, using: &$0) } < probability
    }

    /// A duration between two.
    package func duration(_ range: ClosedRange<Duration>) -> Duration {
        let (low, high) = (range.lowerBound.nanoseconds, range.upperBound.nanoseconds)
        return .nanoseconds(self.draw { Int64.random(in: low...high, using: &$0) })
    }

    /// One of some elements.
    package func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[self.draw { Int.random(in: 0..<elements.count, using: &$0) }]
    }

    /// Adds something to what the trace's hash stands for.
    package func trace(_ bits: UInt64) { self.state.withLock { $0.hash.add(bits) } }

    /// Adds something to what the trace's hash stands for.
    package func trace(_ text: String) { self.state.withLock { $0.hash.add(text) } }

    /// Stands for every choice that was made so far, and for all that was added.
    package var traceHash: UInt64 { self.state.withLock { $0.hash.value } }

    /// How many jobs have run.
    package var steps: Int { self.state.withLock { $0.steps } }

    /// How many times the engine was used from another thread than its own: anything but zero and the run is not
    /// determined by its seed.
    package var escapes: Int { self.state.withLock { $0.escapes } }

    private func noteThread() {
        guard !self.thread.isCurrent else { return }
        self.state.withLock { $0.escapes += 1 }
    }

    // MARK: Running

    fileprivate func enqueue(_ job: UnownedJob, on executor: SimulatedExecutor) {
        self.noteThread()
        self.state.withLock { $0.ready.append(ReadyJob(job: job, executor: executor)) }
    }

    fileprivate func enqueue(_ jobs: [UnownedJob], on executor: SimulatedExecutor) {
        for job in jobs { self.enqueue(job, on: executor) }
    }

    /// Does some work and all that it starts, on this thread; returns when the work has, or never would.
    ///
    /// - Parameter body: The work; its child tasks run here too.
    /// - Returns: Whether the work came to its end, and what kept it from that if not.
    package func run(_ body: @escaping @Sendable () async -> Void) -> Ending {
        let executor = SimulatedExecutor(engine: self)
        // The one task that is not a child of another: there is none to be the child of on this thread.
        Task(executorPreference: executor) {  // lint:allow the engine waits for it below
            await body()
            self.state.withLock { $0.isOver = true }
        }
        // What is left to happen holds the cluster, which holds the engine.
        defer { _ = self.state.withLock { $0.takeTimers() } }
        while true {
            switch self.state.withLock({ $0.takeNext() }) {
            case .job(let ready): ready.job.runSynchronously(on: ready.executor.asUnownedTaskExecutor())
            case .action(let action): action()
            case .end(let ending): return ending
            }
        }
    }
}

/// Where the jobs of one process of a simulated cluster run: on its engine, one at a time, in any order.
package final class SimulatedExecutor: TaskExecutor {
    private struct State {
        /// How many have stopped the process and not let it go on yet.
        var pauses = 0
        /// Whether it never stops again.
        var isReleased = false
        var held: [UnownedJob] = []

        /// What goes on now, unless somebody else has stopped the process too.
        mutating func takeHeld() -> [UnownedJob] {
            guard self.pauses == 0 else { return [] }
            defer { self.held = [] }
            return self.held
        }
    }
    private let engine: SimulationEngine
    private let state = Lock(State())

    package init(engine: SimulationEngine) { self.engine = engine }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isHeld = self.state.withLock { state in
            if state.pauses > 0 { state.held.append(job) }
            return state.pauses > 0
        }
        if !isHeld { self.engine.enqueue(job, on: self) }
    }

    /// Whether nothing of the process runs, as after SIGSTOP; what was ready already still does.
    package var isPaused: Bool { self.state.withLock { $0.pauses > 0 } }

    /// Stops the process until whoever calls this has called ``resume()``, and everybody else who has.
    package func pause() { self.state.withLock { $0.pauses += $0.isReleased ? 0 : 1 } }

    package func resume() {
        let held = self.state.withLock { state in
            state.pauses = max(0, state.pauses - 1)
            return state.takeHeld()
        }
        self.engine.enqueue(held, on: self)
    }

    /// Lets the process go on for good, whoever has stopped it.
    package func release() {
        let held = self.state.withLock { state in
            (state.pauses, state.isReleased) = (0, true)
            return state.takeHeld()
        }
        self.engine.enqueue(held, on: self)
    }
}

extension Duration {
    /// The whole nanoseconds.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// The whole nanoseconds that are not less.
    package var nanosecondsRoundedUp: Int64 {
        let (seconds, attoseconds) = self.components
        let (nanoseconds, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return seconds * 1_000_000_000 + nanoseconds + (rest > 0 ? 1 : 0)
    }

    /// The seconds, with a fraction.
    package var seconds: Double { Double(self.nanoseconds) / 1e9 }
}
