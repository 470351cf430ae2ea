import Dispatch
public import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Has a worker's attempts run by a supervisor, in a process that outlives the worker.
///
/// It finds the node's supervisor that is of the same executable and was told the same, or starts one. If that dies, another
/// is started, which ends what the first has left running. Those attempts are reported as ``AttemptOutcome/cancelled`` if
/// they may be repeated, and else as ``AttemptOutcome/lost``. Those that a supervisor refuses because it is to end were not
/// started, and are reported so if they must not be repeated. If supervisors die again and again, the pauses before the next
/// one grow to five seconds.
///
/// How attempts ended whose worker was killed is told to the next worker, as ``leftEnds()``; what goes on, as
/// ``leftRunning()``.
///
/// One is made for each worker, and what it ran is the supervisor's to end when it is let go of.
public final class SupervisedExecutor: AttemptExecutor {
    enum Phase: Sendable {
        case connecting
        case ready(SupervisorConnection)
        /// Another try follows.
        case failed(String)
    }
    struct Pending {
        let order: AttemptOrder
        let output: AttemptOutput
        let sentAt: Date
        let continuation: CheckedContinuation<Answer, Never>
    }
    /// What becomes of an order.
    enum Answer: Sendable {
        case ended(AttemptReport)
        /// The supervisor is to end, and has not begun it.
        case refused
        /// The connection was gone before.
        case unsent
    }
    struct State {
        var connection: SupervisorConnection?
        var pending: [UInt64: Pending] = [:]
        var number: UInt64 = 0
        var isBegun = false
        var isClosed = false
        /// Which supervisors it may be served by, once that is known.
        var generation: String?
        /// How long to wait before the next try to connect.
        var backoff: Backoff
        /// Since when the supervisor serves, if it does.
        var service: Stopwatch?
    }
    /// Does something after a while.
    typealias Delay = @Sendable (Duration, @escaping @Sendable () -> Void) -> Void

    /// How long a worker waits after a refusal, as it may be refused the next at once.
    private static let refusalPause = Duration.seconds(1)

    let directory: String
    let program: String
    let command: [String]
    let worker: WorkerID
    let stopGrace: Duration
    let clock: any Clock<Duration>
    private let wallClock: any WallClock
    let logger: Logger
    /// Tells the supervisor of the lease.
    let leases: LeaseWriter
    let state: Lock<State>
    let phase = Broadcast(Phase.connecting)
    let delay: Delay
    private let left = AsyncStream.makeStream(of: [Attempt].self)
    private let running = AsyncStream.makeStream(of: [LeftAttempt].self)

    /// Creates an executor; nothing is started before it is prepared.
    ///
    /// - Parameters:
    ///   - directory: Where the node's supervisor is found; made if it is not there, but not its parents.
    ///   - command: The words with which this program's own executable becomes a supervisor of that directory, which talks to
    ///     this worker on its standard output. `--generation` and a name are added, for
    ///     ``Supervisor/init(directory:generation:executor:socket:clock:logger:)``.
    ///   - worker: The worker.
    ///   - configuration: The worker's times.
    ///   - clock: Measures waits.
    ///   - wallClock: Tells when attempts were sent whose ends cannot be known.
    ///   - logger: Hears of supervisors that die.
    public convenience init(
        directory: String,
        command: [String],
        worker: WorkerID,
        configuration: WorkerConfiguration,
        clock: any Clock<Duration> = ContinuousClock(),
        wallClock: any WallClock = SystemWallClock(),
        logger: Logger
    ) {
        self.init(
            directory: directory,
            program: "/proc/self/exe",
            command: command,
            worker: worker,
            configuration: configuration,
            clock: clock,
            wallClock: wallClock,
            logger: logger
        )
    }

    /// Creates an executor that makes a supervisor of any program, of the generation that follows or of one that is given.
    ///
    /// `delay` is where it waits, and does what may block; a queue of its own if nil.
    init(
        directory: String,
        program: String,
        command: [String],
        generation: String? = nil,
        worker: WorkerID,
        configuration: WorkerConfiguration,
        clock: any Clock<Duration> = ContinuousClock(),
        wallClock: any WallClock = SystemWallClock(),
        delay: Delay? = nil,
        logger: Logger
    ) {
        self.directory = directory
        self.program = program
        self.command = command
        self.worker = worker
        self.stopGrace = configuration.effectiveStopGrace
        self.clock = clock
        self.wallClock = wallClock
        self.logger = logger
        self.leases = LeaseWriter(logger: logger)
        self.state = Lock(State(generation: generation, backoff: Backoff(clock)))
        self.delay = delay ?? SupervisedExecutor.delayOnQueue()
    }

    private static func delayOnQueue() -> Delay {
        let queue = DispatchQueue(label: "distcron.supervised")
        return { pause, work in
            let nanoseconds = Int(pause / .nanoseconds(1))
            queue.asyncAfter(deadline: .now() + .nanoseconds(nanoseconds), execute: work)
        }
    }

    deinit { self.close() }

    /// Lets go of the supervisor: what runs there goes on for as long as the lease permits.
    func close() {
        self.state.withLock { state in
            state.isClosed = true
            state.connection?.close()
        }
        self.left.continuation.finish()
        self.running.continuation.finish()
    }

    /// Says that the worker's leases have changed.
    ///
    /// - Parameter rest: Says for how long from the moment at which it is called attempts of jobs with a policy may go on;
    ///   zero for all if no lease is good, nor will be.
    package func renewLease(_ rest: (OutagePolicy) -> Duration) {
        // In this order: whatever keeps this thread in between, no lease ends later for that.
        let now = LeaseFile.now
        let (hold, lease) = (rest(.hold), rest(.lease))
        let deadlines = LeaseDeadlines(
            hold: hold > .zero ? now + hold : nil,
            lease: lease > .zero ? now + lease : nil
        )
        // What ends with the session's lease knew of its end before.
        guard deadlines == LeaseDeadlines() else { return self.leases.tell(deadlines) }
        let connection = self.state.withLock { $0.connection }
        self.leases.tell(deadlines) { connection?.post(.review) }
    }

    /// Finds the supervisor, or starts one.
    ///
    /// Attempts of earlier workers go on there for as long as those workers' leases permit.
    ///
    /// - Throws: ``SupervisorError``.
    public func prepare() async throws {
        self.beginToConnect()
        try await untilGracefulShutdown {
            for await phase in self.phase.stream() {
                switch phase {
                case .connecting: continue
                case .ready: return
                case .failed(let problem): throw SupervisorError(message: problem)
                }
            }
            throw CancellationError()
        }
    }

    /// Has the supervisor run an attempt.
    public func execute(_ order: AttemptOrder, output: AttemptOutput) async -> AttemptReport {
        self.beginToConnect()
        let sentAt = self.wallClock.now
        for await phase in self.phase.stream() {
            guard case .ready(let connection) = phase else { continue }
            switch await self.ask(order, output, sentAt: sentAt, over: connection, { .execute($0, order) }) {
            case .ended(let report): return report
            case .unsent: continue
            case .refused:
                try? await self.clock.sleep(for: Self.refusalPause)
                return AttemptReport(
                    outcome: order.mayRepeat ? .cancelled : .notStarted("the node's supervisor is to end"),
                    startedAt: nil,
                    finishedAt: self.wallClock.now
                )
            }
        }
        return AttemptReport(outcome: .cancelled, startedAt: nil, finishedAt: self.wallClock.now)
    }

    /// What workers that are gone have left running with the supervisor; what it had to tell when this executor was prepared
    /// comes first.
    public func leftRunning() -> AsyncStream<[LeftAttempt]> { self.running.stream }

    /// Has the supervisor make an attempt this worker's.
    public func resume(_ left: LeftAttempt, output: AttemptOutput) async -> AttemptReport {
        self.beginToConnect()
        // Whoever was cancelled before does not wait for a supervisor, but one that is there is told to end the attempt.
        if let phase = self.phase.value, let report = await self.resume(left, output, in: phase) { return report }
        for await phase in self.phase.stream() {
            if let report = await self.resume(left, output, in: phase) { return report }
        }
        return left.lossReport(at: self.wallClock.now)
    }

    private func resume(_ left: LeftAttempt, _ output: AttemptOutput, in phase: Phase) async -> AttemptReport? {
        guard case .ready(let connection) = phase else { return nil }
        let answer = await self.ask(left.order, output, sentAt: left.startedAt, over: connection) {
            .resume($0, left.key)
        }
        switch answer {
        case .ended(let report): return report
        case .unsent: return nil
        // Another supervisor has begun meanwhile, and has ended it.
        case .refused: return left.lossReport(at: self.wallClock.now)
        }
    }

    /// Has the supervisor run an attempt, or go on with one.
    private func ask(
        _ order: AttemptOrder,
        _ output: AttemptOutput,
        sentAt: Date,
        over connection: SupervisorConnection,
        _ message: (UInt64) -> SupervisorMessage
    ) async -> Answer {
        // The supervisor begins nothing without a lease.
        await self.leases.settle()
        let number = self.nextNumber()
        let request = message(number)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Answer, Never>) in
                let pending = Pending(order: order, output: output, sentAt: sentAt, continuation: continuation)
                self.send(request, number, pending, over: connection)
                // Whoever cancelled before that had nothing to cancel.
                if Task.isCancelled { connection.post(.cancel(number)) }
            }
        } onCancel: {
            connection.post(.cancel(number))
        }
    }

    /// Has the supervisor end the attempt of a run.
    public func kill(_ run: RunID) async { self.state.withLock { $0.connection }?.post(.kill(run)) }

    /// How attempts have ended whose workers were gone, as the supervisor tells; what it had to tell when this executor was
    /// prepared comes first.
    public func leftEnds() -> AsyncStream<[Attempt]> { self.left.stream }

    /// Has the supervisor forget how attempts have ended.
    public func settled(_ attempts: [AttemptKey]) async {
        // On its way before this worker can end; what a connection that breaks loses is told once more to the next.
        await self.state.withLock { $0.connection }?.send(.settled(attempts))
    }

    /// Breaks the connection, for tests.
    func disconnect() { self.state.withLock { $0.connection }?.close() }

    private func nextNumber() -> UInt64 {
        self.state.withLock { state in
            state.number += 1
            return state.number
        }
    }

    private func send(
        _ message: SupervisorMessage,
        _ number: UInt64,
        _ pending: Pending,
        over connection: SupervisorConnection
    ) {
        let isSent = self.state.withLock { state in
            guard state.connection === connection else { return false }
            state.pending[number] = pending
            connection.post(message)
            return true
        }
        if !isSent { pending.continuation.resume(returning: .unsent) }
    }

    // MARK: The connection

    func handle(_ message: SupervisorMessage?, from connection: SupervisorConnection) {
        switch message {
        case .ready:
            do throws(SystemError) {
                try self.begin(over: connection)
            } catch {
                self.logger.error("The lease cannot be written down", metadata: ["error": "\(error)"])
                // The end of what is read follows, and another try.
                connection.close()
            }
        case .output(let number, let stream, let bytes):
            self.state.withLock { $0.pending[number]?.output }?.append(bytes, from: stream)
        case .skipped(let number, let count): self.state.withLock { $0.pending[number]?.output }?.skip(count)
        case .ended(let number, let report):
            let pending = self.state.withLock { $0.pending.removeValue(forKey: number) }
            pending?.continuation.resume(returning: .ended(report))
        case .refused(let number):
            let pending = self.state.withLock { $0.pending.removeValue(forKey: number) }
            pending?.continuation.resume(returning: .refused)
        case .left(let attempts): self.left.continuation.yield(attempts)
        case .running(let attempts): self.running.continuation.yield(attempts)
        case nil:
            self.state.withLock { if $0.connection === connection { $0.connection = nil } }
            self.phase.send(.connecting)
            self.tryAgain("its connection has ended")
        case .begin, .execute, .resume, .cancel, .kill, .review, .settled: return
        }
    }

    /// The supervisor has seen to it that nothing runs of what was begun over an earlier connection, and reads this worker's
    /// lease from a file that it has made if it was not there.
    private func begin(over connection: SupervisorConnection) throws(SystemError) {
        let directory = try SupervisorDirectory(path: self.directory)
        self.leases.use(try LeaseFile(LeaseFile.name(of: self.worker), in: directory.descriptor))
        let lost = self.state.withLock { state in
            state.connection = connection
            state.service = Stopwatch(self.clock)
            return Self.takePending(&state)
        }
        self.report(lost)
        self.phase.send(.ready(connection))
    }

    static func takePending(_ state: inout State) -> [Pending] {
        defer { state.pending = [:] }
        return Array(state.pending.values)
    }

    /// Says that attempts have ended, of which nobody knows how.
    func report(_ lost: [Pending]) {
        for pending in lost {
            let report = self.lossReport(of: pending.order, sentAt: pending.sentAt)
            pending.continuation.resume(returning: .ended(report))
        }
    }

    /// How an attempt ends that is lost with its supervisor: one that may be repeated was ended by force, as far as that
    /// matters, and another may have done its work.
    private func lossReport(of order: AttemptOrder, sentAt: Date) -> AttemptReport {
        AttemptReport(
            outcome: order.mayRepeat ? .cancelled : .lost,
            startedAt: sentAt,
            finishedAt: self.wallClock.now
        )
    }
}

/// Why there is no supervisor.
public struct SupervisorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence for operators.
    public let message: String

    /// The message.
    public var description: String { self.message }
}
