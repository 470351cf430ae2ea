/// Runs closures that this program registered, and hands everything else to another executor.
///
/// A closure that returns has succeeded; one that throws has failed, with the error's description as the reason. A
/// time-out or a cancellation cancels the closure's task. Nothing can make a closure end that does not heed that: it
/// keeps its place among the attempts until it returns, and its kill grace means nothing.
public final class HandlerExecutor: AttemptExecutor {
    /// What runs for a job.
    public typealias Handler = @Sendable (RunContext) async throws -> Void

    private let handlersByName: Lock<[String: Handler]>
    private let other: (any AttemptExecutor)?
    private let clock: any Clock<Duration>
    private let wallClock: any WallClock

    /// Creates an executor.
    ///
    /// - Parameters:
    ///   - handlers: The closures by the names that jobs have for them.
    ///   - other: Runs what is no closure; without it such attempts do not start.
    ///   - clock: Measures time-outs.
    ///   - wallClock: Tells when attempts started and finished.
    public init(
        _ handlers: [String: Handler] = [:],
        other: (any AttemptExecutor)? = nil,
        clock: any Clock<Duration> = ContinuousClock(),
        wallClock: any WallClock = SystemWallClock()
    ) {
        self.handlersByName = Lock(handlers)
        self.other = other
        self.clock = clock
        self.wallClock = wallClock
    }

    /// The names of the closures that this executor can run; a worker is to claim no others.
    public var handlers: Set<String> { self.handlersByName.withLock { Set($0.keys) } }

    /// Adds a closure, or puts it in the place of the one that had the name; attempts that run go on.
    public func register(_ handler: @escaping Handler, as name: String) {
        self.handlersByName.withLock { $0[name] = handler }
    }

    /// Prepares the other executor.
    public func prepare() async throws { try await self.other?.prepare() }

    /// Runs one attempt, as a closure if its job names one.
    public func execute(_ order: AttemptOrder, output: AttemptOutput) async -> AttemptReport {
        guard case .closure(let name) = order.executable else {
            guard let other = self.other else { return self.refusal("this program runs closures only") }
            return await other.execute(order, output: output)
        }
        guard let handler = self.handlersByName.withLock({ $0[name] }) else {
            return self.refusal("no closure is registered as \(name.debugDescription)")
        }
        let startedAt = self.wallClock.now
        guard !Task.isCancelled else {
            return AttemptReport(outcome: .cancelled, startedAt: nil, finishedAt: startedAt)
        }
        let outcome = await RunContext.$current.withValue(order.run) {
            await self.run(handler, RunContext(order, output: output), timeout: order.timeout)
        }
        return AttemptReport(outcome: outcome, startedAt: startedAt, finishedAt: self.wallClock.now)
    }

    /// Ends an attempt of the other executor at once; a closure can only be asked, which its cancellation has done.
    public func kill(_ run: RunID) async { await self.other?.kill(run) }

    /// How attempts have ended that earlier workers began with such another executor; closures end with their program.
    public func leftEnds() -> AsyncStream<[Attempt]> {
        self.other?.leftEnds() ?? AsyncStream { continuation in continuation.finish() }
    }

    /// Tells the other executor.
    public func settled(_ attempts: [AttemptKey]) async { await self.other?.settled(attempts) }

    /// What workers that are gone have left running with such another executor.
    public func leftRunning() -> AsyncStream<[LeftAttempt]> {
        self.other?.leftRunning() ?? AsyncStream { continuation in continuation.finish() }
    }

    /// Goes on with an attempt of the other executor.
    public func resume(_ left: LeftAttempt, output: AttemptOutput) async -> AttemptReport {
        await self.other?.resume(left, output: output) ?? left.lossReport(at: self.wallClock.now)
    }

    private func refusal(_ reason: String) -> AttemptReport {
        AttemptReport(outcome: .notStarted(reason), startedAt: nil, finishedAt: self.wallClock.now)
    }

    /// Runs a closure to its end; the first of its end, its time-out and its cancellation is the outcome.
    private func run(_ handler: @escaping Handler, _ context: RunContext, timeout: Duration?) async -> AttemptOutcome {
        let decision = Decision()
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    do {
                        try await handler(context)
                        decision.decide(.exited(0))
                    } catch {
                        decision.decide(.failed("\(error)"))
                    }
                }
                guard let timeout else { return }
                let timer = self.clock
                group.addTask {
                    guard (try? await timer.sleep(for: timeout)) != nil else { return }
                    decision.decide(.timedOut)
                }
                // Whichever is first: the other one is to end now.
                await group.next()
                group.cancelAll()
            }
        } onCancel: {
            decision.decide(.cancelled)
        }
        return decision.outcome
    }
}

/// The outcome that came first.
private final class Decision: Sendable {
    private let state = Lock<AttemptOutcome?>(nil)

    /// What was decided; a group that has ended has decided.
    var outcome: AttemptOutcome { self.state.withLock { $0 } ?? .cancelled }

    func decide(_ outcome: AttemptOutcome) { self.state.withLock { $0 = $0 ?? outcome } }
}
