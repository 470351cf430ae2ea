#if HTTP
import DistributedCron
import DistributedCronHTTP
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The process of `distcron up`: the roles, the API, and what is shown.
struct Server {
    /// What to do once clients can connect.
    enum Act {
        /// Serve.
        case serve
        /// Show the demo, then serve.
        case demo
        /// Show the demo, then end.
        case demoOnce
    }

    /// How long clients have to finish their requests, once the runs have ended.
    static let serverLimit = Duration.seconds(3)

    let directory: String
    /// Whether jobs and runs end with the process.
    let isVolatile: Bool
    let port: Int
    let act: Act
    let logger: Logger

    /// Serves until SIGINT or SIGTERM.
    ///
    /// - Returns: The exit code.
    /// - Throws: ``Failure``.
    func run() async throws -> Int32 {
        let cron: CronService
        do {
            cron = try await CronService(
                self.isVolatile ? .memory : .directory(self.directory),
                logger: self.logger
            )
        } catch let error as JournalError {
            throw Self.failure(error)
        } catch {
            throw Failure(
                .noInput,
                "cannot use \(self.directory): \(error)",
                help: "name another with --data-dir"
            )
        }
        let listening = AsyncStream.makeStream(of: Int.self)
        let api = JobsAPI(service: cron.jobs)
        let server = api.application(port: self.port, logger: self.logger) { channel in
            listening.continuation.yield(channel.localAddress?.port ?? 0)
        }
        let stage = Stage(
            act: self.act,
            directory: self.directory,
            isVolatile: self.isVolatile,
            service: cron.jobs,
            listening: listening.stream
        )
        // Shut down from the last to the first: the worker stops claiming at once, and while it lets its runs end the
        // API still answers what becomes of them.
        let configuration = ServiceGroupConfiguration(
            services: [
                .init(service: BoundedShutdown(service: server, limit: Self.serverLimit)),
                .init(service: cron),
                .init(service: stage, successTerminationBehavior: .gracefullyShutdownGroup),
            ],
            gracefulShutdownSignals: [.sigint, .sigterm],
            logger: self.logger
        )
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw self.portIsTaken
        }
        await cron.close()
        return stage.exitCode
    }

    private static func failure(_ error: JournalError) -> Failure {
        switch error.code {
        case .locked:
            Failure(.unavailable, error.message, help: "end it, or name another directory with --data-dir")
        case .unusable:
            Failure(
                .noInput,
                error.message,
                help: "name another directory with --data-dir, or keep nothing with --memory"
            )
        case .corrupt:
            Failure(.badData, error.message, help: "keep a copy of the directory, and restore it from a backup")
        }
    }

    private var portIsTaken: Failure {
        let holder = PortHolder.name(port: self.port).map { " by \($0)" } ?? ""
        return Failure(
            .unavailable,
            "port \(self.port) is taken\(holder)",
            help: "end it, or choose another with --port"
        )
    }
}
#endif
