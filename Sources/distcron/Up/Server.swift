#if HTTP
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess
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
    /// How long the cron has to end its runs and to record their ends.
    ///
    /// After that it tries to record each a last time: a database that is away must not keep the process from ending, and
    /// the next one runs again what nobody knows the end of.
    static let cronLimit = Duration.seconds(30)

    let plan: StorePlan
    let port: Int
    let act: Act
    let logger: Logger

    /// Serves until SIGINT or SIGTERM.
    ///
    /// - Returns: The exit code.
    /// - Throws: ``Failure``.
    func run() async throws -> Int32 {
        let storage = try await Storage(self.plan, logger: self.logger)
        let cron = try await self.cron(on: storage.place)
        let listening = AsyncStream.makeStream(of: Int.self)
        let api = JobsAPI(service: cron.jobs)
        let server = api.application(port: self.port, logger: self.logger) { channel in
            listening.continuation.yield(channel.localAddress?.port ?? 0)
        }
        let stage = Stage(
            act: self.act,
            directory: self.plan.directory,
            note: storage.note,
            service: cron.jobs,
            listening: listening.stream
        )
        // Shut down from the last to the first: the worker stops claiming at once, and while it lets its runs end the
        // API still answers what becomes of them.
        let configuration = ServiceGroupConfiguration(
            services: (storage.service.map { [.init(service: $0)] } ?? []) + [
                .init(service: BoundedShutdown(service: server, limit: Self.serverLimit)),
                .init(service: BoundedShutdown(service: cron, limit: Self.cronLimit)),
                .init(service: stage, successTerminationBehavior: .gracefullyShutdownGroup),
            ],
            gracefulShutdownSignals: [.sigint, .sigterm],
            logger: self.logger
        )
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw self.portIsTaken
        } catch let error as JobStoreError {
            throw Self.failure(error)
        }
        await cron.close()
        return stage.exitCode
    }

    private func cron(on place: CronService.Storage) async throws -> CronService {
        var configuration = CronService.Configuration()
        if let span = self.plan.runs { configuration.runRetention = .seconds(span.seconds) }
        if let span = self.plan.jobs { configuration.jobRetention = .seconds(span.seconds) }
        do {
            return try await CronService(place, configuration: configuration, logger: self.logger)
        } catch let error as JournalError {
            throw Self.failure(error)
        } catch let error as JobStoreError {
            throw Self.failure(error)
        } catch {
            throw Failure(
                .noInput,
                "cannot use \(self.plan.directory): \(error)",
                help: "name another with --data-dir"
            )
        }
    }

    private static func failure(_ error: JobStoreError) -> Failure {
        guard error.code == .fenced else { return Failure(.unavailable, error.message) }
        return Failure(
            .conflict,
            error.message,
            help: "one server works on a store at a time: end the other before this one is started again"
        )
    }

    private static func failure(_ error: JournalError) -> Failure {
        switch error.code {
        case .locked:
            Failure(.unavailable, error.message, help: "end it, or name another directory with --data-dir")
        case .unusable, .failed:
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
