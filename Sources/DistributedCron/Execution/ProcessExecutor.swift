#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
public import Logging

/// Runs attempts as processes of this user.
///
/// A process leads a session of its own. It finds `/dev/null` at its input, an environment made from nothing, and no
/// other open file. It starts in an empty private directory that is removed afterwards, or where its job says; the
/// private directory is `DISTCRON_DIR` in either case. The attempt is over when this process is: what it leaves in its process group is killed then, so that nothing outlives an attempt but what called `setsid`
/// itself. After a time-out or a cancellation the whole group is asked to end with SIGTERM, and killed after the grace;
/// the time-out is measured by the executor's clock, the grace by the system's uptime.
///
/// Scripts and binaries come from the artifact store through a cache in the executor's directory, and are hashed every
/// time they are run. The directory may be shared by executors; each has its part of it. What an executor that died
/// left behind, running processes first of all, is ended and removed by ``prepare()`` or at the first attempt; only
/// what called `setsid` itself is not found then.
///
/// All of an output that is longer than its tail is kept in a file meanwhile, and stored as an artifact at the end:
/// both streams together, in the order in which they were read, up to a limit that is followed by a line that says so.
///
/// The program around it must neither ignore SIGCHLD nor reap processes that it did not start: exit codes would be
/// lost, and the attempts with them reported as having exited with ``lostExitCode``.
public final class ProcessExecutor: AttemptExecutor {
    /// The exit code in reports of processes that something else in this program has reaped.
    public static let lostExitCode: Int32 = -1

    let files: ExecutionFiles
    private let environment: [String: String]
    private let fullOutputLimit: Int
    let clock: any Clock<Duration>
    private let wallClock: any WallClock
    private let executor: QueueExecutor
    private let monitor: DescriptorMonitor
    private let attempts = LiveAttempts()
    let logger: Logger

    /// Creates an executor; nothing is touched before its first use.
    ///
    /// - Parameters:
    ///   - artifacts: Where scripts and binaries come from.
    ///   - directory: The directory for the cache and the working directories. It is made if it does not exist, but
    ///     not its parents. It must not be mounted with `noexec`.
    ///   - environment: What every process gets beside its job's variables and the `DISTCRON_` variables of its
    ///     attempt; of the same name the last wins.
    ///   - fullOutputLimit: How many bytes of an output that is longer than its tail are stored as an artifact; 10 MiB
    ///     by default, and none if it is 0.
    ///   - cacheLimit: The size in bytes that the cache is kept below, if single artifacts are not bigger; 1 GiB by
    ///     default.
    ///   - clock: Measures time-outs.
    ///   - wallClock: Tells when attempts started and finished.
    ///   - logger: Hears of what went wrong beside an attempt.
    public init(
        artifacts: any ArtifactStore,
        directory: String,
        environment: [String: String] = ProcessExecutor.cleanEnvironment(),
        fullOutputLimit: Int = 10 * 1_024 * 1_024,
        cacheLimit: Int = 1_024 * 1_024 * 1_024,
        clock: any Clock<Duration> = ContinuousClock(),
        wallClock: any WallClock = SystemWallClock(),
        logger: Logger
    ) {
        self.files = ExecutionFiles(path: directory, artifacts: artifacts, cacheLimit: cacheLimit, logger: logger)
        self.logger = logger
        self.fullOutputLimit = fullOutputLimit
        self.environment = environment
        self.clock = clock
        self.wallClock = wallClock
        self.executor = QueueExecutor(label: "distcron.execution.attempts")
        self.monitor = DescriptorMonitor(on: self.executor)
    }

    /// The environment of this user's processes, with nothing taken from the environment of this one.
    ///
    /// Looks the user up once per call, which may ask a directory service.
    ///
    /// - Returns: PATH, HOME, USER, LOGNAME, SHELL and LANG.
    public static func cleanEnvironment() -> [String: String] { AttemptEnvironment.clean() }

    /// Opens the directory, and ends and removes what executors that died left there; else the first attempt does.
    ///
    /// Later calls look for such executors once more.
    ///
    /// - Throws: An error that says what is wrong with the directory, or what could not be ended.
    public func prepare() async throws {
        try await self.files.prepare()
    }

    /// Runs one attempt as a process.
    public func execute(_ order: AttemptOrder, output: AttemptOutput) async -> AttemptReport {
        // Before the first look at whether it was cancelled: whoever kills cancels too.
        let entry = self.attempts.add(order.run)
        defer { self.attempts.remove(entry, of: order.run) }
        var report = AttemptReport(outcome: .cancelled, startedAt: nil, finishedAt: self.wallClock.now)
        do {
            try Task.checkCancellation()
            let place = try await self.files.makePlace(for: order)
            do {
                try await self.run(order, as: entry, at: place, output: output, report: &report)
                await self.files.remove(place)
            } catch {
                await self.files.remove(place)
                throw error
            }
        } catch is CancellationError {
            report.outcome = .cancelled
        } catch let error as NotStarted {
            report.outcome = .notStarted(error.reason)
        } catch {
            report.outcome = .notStarted("\(error)")
        }
        report.finishedAt = self.wallClock.now
        return report
    }

    /// Ends the attempt of a run with SIGKILL, all of its session at once.
    public func kill(_ run: RunID) async { self.attempts.kill(run) }

    private func run(
        _ order: AttemptOrder,
        as entry: LiveAttempts.Entry,
        at place: ExecutionFiles.Place,
        output: AttemptOutput,
        report: inout AttemptReport
    ) async throws {
        let environment = try self.environment(for: order, at: place)
        let command = try await self.command(for: order.executable, at: place)
        let head = command.firstBytes()
        let request = command.request(environment: environment, directory: order.workingDirectory ?? place.path)
        try Task.checkCancellation()

        let attempt = ProcessAttempt(
            on: self.executor,
            monitor: self.monitor,
            killGrace: order.killGrace,
            output: output,
            spoolLimit: self.fullOutputLimit,
            place: place
        )
        let startedAt = self.wallClock.now
        do {
            try await attempt.start(request)
        } catch {
            throw NotStarted(reason: AttemptCommand.reason(for: error, head: head))
        }
        report.startedAt = startedAt
        entry.start(attempt)
        report.outcome = await self.watch(attempt, timeout: order.timeout)
        if let content = await attempt.spooledOutput() {
            report.fullOutput = await self.store(content, of: order, at: place)
        }
    }

    private func environment(
        for order: AttemptOrder,
        at place: ExecutionFiles.Place
    ) throws(NotStarted) -> [String: String] {
        let problem =
            AttemptEnvironment.problem(with: order.environment)
            ?? order.workingDirectory.flatMap(AttemptEnvironment.problem(withWorkingDirectory:))
        if let problem { throw NotStarted(reason: problem) }
        let environment = self.environment.merging(order.environment) { _, new in new }
            .merging(AttemptEnvironment.variables(of: order, directory: place.path)) { _, new in new }
        guard environment.allSatisfy({ SpawnRequest.isPassable($0.key) && SpawnRequest.isPassable($0.value) }) else {
            throw NotStarted(reason: "the environment holds a NUL character")
        }
        return environment
    }

    private func command(
        for executable: Executable,
        at place: ExecutionFiles.Place
    ) async throws -> AttemptCommand {
        let (artifact, isScript): (Artifact, Bool)
        switch executable {
        case .command(let text): return try AttemptCommand(shell: text)
        case .script(let script): (artifact, isScript) = (script, true)
        case .binary(let binary): (artifact, isScript) = (binary, false)
        case .closure(let name): throw NotStarted(reason: "no closure is registered as \(name.debugDescription)")
        }
        do {
            let program = try await self.files.program(artifact, isScript: isScript, at: place)
            return try AttemptCommand(program, isScript: isScript)
        } catch let error as ArtifactStoreError {
            throw NotStarted(reason: "artifact \(artifact.digest.hexadecimal): \(error.message)")
        }
    }

    private func watch(_ attempt: ProcessAttempt, timeout: Duration?) async -> AttemptOutcome {
        await withTaskGroup { group in
            if let timeout {
                group.addTask { [clock] in
                    guard (try? await clock.sleep(for: timeout)) != nil else { return }
                    attempt.send(.timeoutPassed)
                }
            }
            let outcome = await withTaskCancellationHandler {
                await attempt.end()
            } onCancel: {
                attempt.send(.cancelled)
            }
            group.cancelAll()
            return outcome
        }
    }
}
