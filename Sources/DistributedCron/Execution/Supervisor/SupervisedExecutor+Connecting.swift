import Dispatch
import Glibc
import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

// Finding the supervisor, or starting one.
extension SupervisedExecutor {
    /// How long a supervisor serves that has not died for the reason for which the one before it had.
    private static let steadyService = Duration.seconds(60)

    func beginToConnect() {
        let isFirst = self.state.withLock { state in
            defer { state.isBegun = true }
            return !state.isBegun
        }
        if isFirst { self.connect(after: .zero) }
    }

    private func connect(after pause: Duration) {
        self.delay(pause) { [weak self] in self?.tryToConnect() }
    }

    private func tryToConnect() {
        do throws(SystemError) {
            let directory = try SupervisorDirectory(path: self.directory)
            let connection = SupervisorConnection(try self.socket(directory), logger: self.logger)
            guard connection.isTrusted() else { throw SystemError(doing: "trust the supervisor", number: EPERM) }
            guard !self.state.withLock({ $0.isClosed }) else {
                connection.close()
                return self.tryAgain("it is let go of")
            }
            connection.read { [weak self, connection] in self?.handle($0, from: connection) }
            connection.post(.begin(self.worker, stopGrace: self.stopGrace))
        } catch {
            self.phase.send(.failed("the node's supervisor cannot be started: \(error)"))
            self.tryAgain("\(error)")
        }
    }

    private func socket(_ directory: borrowing SupervisorDirectory) throws(SystemError) -> Descriptor {
        let number = open(self.program, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(doing: "open \(self.program)") }
        let program = Descriptor(owning: number)
        let generation = try self.generation(of: program)
        if let socket = try directory.connect(generation) { return socket }
        return try self.start(program, generation)
    }

    /// The generation, found once: its supervisor stays this worker's, whatever becomes of the executable's file.
    private func generation(of program: borrowing Descriptor) throws(SystemError) -> String {
        if let known = self.state.withLock({ $0.generation }) { return known }
        let generation = try SupervisorGeneration(of: program, command: self.command).name
        self.state.withLock { $0.generation = generation }
        return generation
    }

    /// Makes this program's executable a supervisor.
    ///
    /// - Returns: A socket that is connected to it.
    private func start(_ program: consuming Descriptor, _ generation: String) throws(SystemError) -> Descriptor {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw SystemError(doing: "make a pair of sockets")
        }
        let own = Descriptor(owning: ends[0])
        let its = Descriptor(owning: ends[1])
        let number = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
        guard number >= 0 else { throw SystemError(doing: "share the standard error") }
        let messages = Descriptor(owning: number)
        let request = SpawnRequest(
            arguments: self.command + ["--generation", generation],
            environment: Self.environment,
            directory: ".",
            program: program
        )
        do throws(SpawnRequest.Failure) {
            let process = try request.start(output: its, error: messages).process
            self.logger.info("Started a supervisor", metadata: ["process": "\(process)"])
            // A process that has ended stays until somebody asks how.
            DispatchQueue(label: "distcron.supervisor.end").async {
                while waitpid(process, nil, 0) < 0, errno == EINTR {}
            }
            return own
        } catch {
            throw error.error
        }
    }

    /// This process's environment, without what is for it alone, such as passwords.
    private static var environment: [String: String] {
        ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("DISTCRON_") || $0.key.hasPrefix("DISTCRON_LOG_")
        }
    }

    func tryAgain(_ reason: String) {
        let (lost, pause) = self.state.withLock { state -> ([Pending]?, Duration) in
            if let service = state.service, service.elapsed >= Self.steadyService {
                state.backoff = Backoff(self.clock)
            }
            state.service = nil
            return (state.isClosed ? Self.takePending(&state) : nil, state.backoff.next())
        }
        if let lost { return self.report(lost) }
        self.logger.warning("The node's supervisor is away", metadata: ["reason": "\(reason)"])
        self.connect(after: pause)
    }
}
