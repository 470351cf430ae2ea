import FoundationEssentials
import Glibc
import Logging
import Synchronization
import Testing

@testable import DistributedCron

/// An executor with a directory and a store of its own, and ways to look at what it does to the machine.
final class ExecutionFixture: Sendable {
    private static let ordersMade = Atomic<UInt64>(1)

    let directory: String
    let artifacts = ArtifactShelf()
    let executor: ProcessExecutor
    private let outputLimit: Int

    init(
        environment: [String: String] = ProcessExecutor.cleanEnvironment(),
        outputLimit: Int = 64 * 1_024,
        fullOutputLimit: Int = 10 * 1_024 * 1_024,
        cacheLimit: Int = 1_024 * 1_024 * 1_024,
        clock: any Clock<Duration> = ContinuousClock()
    ) throws {
        var template = Array("/tmp/distcron-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(doing: "make a directory") }
        let directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        self.directory = directory
        self.outputLimit = outputLimit
        self.executor = ProcessExecutor(
            artifacts: self.artifacts,
            directory: directory,
            environment: environment,
            fullOutputLimit: fullOutputLimit,
            cacheLimit: cacheLimit,
            clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    deinit {
        guard let temporary = try? Descriptor.openDirectory("/tmp") else { return }
        try? TreeRemoval.remove(String(self.directory.dropFirst("/tmp/".count)), in: temporary)
    }

    /// An order for a run of its own, so that its processes can be told from all others.
    static func order(
        _ executable: Executable,
        timeout: Duration? = nil,
        killGrace: Duration = .seconds(10),
        environment: [String: String] = [:],
        workingDirectory: String? = nil
    ) -> AttemptOrder {
        let number = Self.ordersMade.add(1, ordering: .relaxed).oldValue
        let run = RunID(
            job: JobID(rawValue: UInt128(getpid()) << 64 | UInt128(number)),
            scheduledAt: Instant(epochSeconds: 1_700_000_000),
            trigger: TriggerID(rawValue: number)
        )
        return AttemptOrder(
            run: run,
            attempt: 2,
            fence: 65_538,
            executable: executable,
            timeout: timeout,
            killGrace: killGrace,
            environment: environment,
            workingDirectory: workingDirectory
        )
    }

    /// Runs one order; the directory stays for as long.
    func run(_ order: AttemptOrder) async -> AttemptReport {
        let output = AttemptOutput(maximumTailBytes: self.outputLimit)
        var report = await self.executor.execute(order, output: output)
        report.output = output.finish()
        withExtendedLifetime(self) {}
        return report
    }

    /// Runs one executable that is expected to need neither time-out nor grace.
    func run(_ executable: Executable) async -> AttemptReport {
        await self.run(Self.order(executable))
    }

    /// Runs one command line.
    func run(_ command: String) async -> AttemptReport { await self.run(.command(command)) }

    /// The living processes whose environment says that they belong to the run.
    static func survivors(of order: AttemptOrder) -> [String] {
        let mark = Array("DISTCRON_RUN_ID=\(order.run)".utf8)
        return (try? entries(of: "/proc"))?.filter { name in
            guard pid_t(name) != nil, let stat = try? text(of: "/proc/\(name)/stat"),
                !stat.contains(") Z "), let environment = try? contents(of: "/proc/\(name)/environ")
            else { return false }
            return environment.split(separator: 0).contains { $0.elementsEqual(mark) }
        } ?? []
    }
}

/// A clock on which every moment comes at once.
struct ImpatientClock: Clock {
    typealias Instant = ContinuousClock.Instant
    var now: Instant { ContinuousClock().now }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws { try Task.checkCancellation() }
}

/// The names in a directory, "." and ".." left out.
func entries(of path: String) throws -> [String] {
    let directory = try Descriptor.openDirectory(path)
    return TreeRemoval.names(in: directory)
}

/// The bytes of a small file.
func contents(of path: String) throws -> [UInt8] {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw SystemError(doing: "open \(path)") }
    let file = Descriptor(owning: number)
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
        if count == 0 { return bytes }
        bytes += piece.prefix(count)
    }
}

/// The text of a small file.
func text(of path: String) throws -> String { String(decoding: try contents(of: path), as: UTF8.self) }

extension AttemptReport {
    /// What was kept of one stream, or of both.
    func text(_ stream: OutputTail.Stream? = nil) -> String {
        String(decoding: self.output.bytes(of: stream), as: UTF8.self)
    }

    /// Why nothing was started.
    var reason: String? {
        guard case .notStarted(let reason) = self.outcome else { return nil }
        return reason
    }
}
