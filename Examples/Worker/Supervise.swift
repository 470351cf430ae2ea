import ArgumentParser
import DistributedCron
import DistributedCronProcess
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// `distcron-worker supervise`: what a worker makes of its own executable, to run its attempts.
struct Supervise: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the attempts of this node's workers; workers start this by themselves.",
        shouldDisplay: false
    )

    @Option var directory: String
    @Option var generation: String
    @Option var runs: String
    @Option var artifacts: String

    /// The first signal lets what runs end, the second ends it.
    func run() async throws {
        // Nobody may be left to read its messages when it matters most.
        signal(SIGPIPE, SIG_IGN)
        let logger = try ProcessOptions.logger("distcron-supervisor")
        let executor = ProcessExecutor(
            artifacts: DirectoryArtifactStore(directory: self.artifacts),
            directory: self.runs,
            logger: logger
        )
        // The worker talks on what is the standard output.
        let supervisor = Supervisor(
            directory: self.directory,
            generation: self.generation,
            executor: executor,
            socket: STDOUT_FILENO,
            logger: logger
        )
        let configuration = ServiceGroupConfiguration(
            services: [.init(service: supervisor, successTerminationBehavior: .gracefullyShutdownGroup)],
            logger: logger
        )
        let group = ServiceGroup(configuration: configuration)
        // Before there is anything to end.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                var isFirst = true
                for await _ in signals {
                    guard isFirst else { return }
                    isFirst = false
                    await group.triggerGracefulShutdown()
                }
            }
            try await tasks.next()
            tasks.cancelAll()
        }
    }
}
