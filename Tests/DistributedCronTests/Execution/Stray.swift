import Glibc

@testable import DistributedCron

/// A process in a session of its own, as an executor that died would have left it.
final class Stray: Sendable {
    let process: pid_t
    let startTime: UInt64

    /// Starts a shell command.
    init(_ command: String, environment: [String: String] = [:]) throws {
        let number = open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(doing: "open /dev/null") }
        let nowhere = Descriptor(owning: number)
        let request = SpawnRequest(
            arguments: ["/bin/sh", "-c", command],
            environment: environment.merging(["PATH": "/usr/bin:/bin"]) { given, _ in given },
            directory: "/",
            program: nil
        )
        let started = try request.start(output: nowhere, error: nowhere)
        self.process = started.process
        guard let status = ProcessStatus(of: started.process) else { throw SystemError(doing: "look at a process") }
        self.startTime = status.startTime
    }

    deinit {
        kill(-self.process, SIGKILL)
        waitpid(self.process, nil, 0)
    }

    /// Whether it has ended.
    var hasEnded: Bool { ProcessStatus(of: self.process)?.isAlive != true }

    /// Takes it out of the process table, as init does with orphans.
    func reap() { waitpid(self.process, nil, 0) }
}

/// An instance's directory as an executor that died would have left it.
struct DeadInstance {
    let state: TemporaryDirectory
    let boot: String
    private let path: String

    init() throws {
        self.state = try TemporaryDirectory()
        guard let boot = ProcessStatus.bootIdentity() else { throw SystemError(doing: "read the boot identity") }
        self.boot = boot
        self.path = "\(self.state.path)/work/3"
        mkdir("\(self.state.path)/work", 0o700)
        mkdir(self.path, 0o700)
    }

    /// The variables of the processes of an attempt.
    func marks(place: Int, attempt: Int = 1) -> [String: String] {
        [
            "DISTCRON_RUN_ID": Self.run, "DISTCRON_ATTEMPT": String(attempt), "DISTCRON_DIR": "\(self.path)/\(place)",
        ]
    }

    /// Writes an attempt down.
    func record(place: Int, killGrace: Duration = .seconds(5), process: AttemptRecord.Process? = nil) throws {
        mkdir("\(self.path)/\(place)", 0o700)
        close(open("\(self.path)/\(place).output", O_CREAT | O_WRONLY, 0o600))
        let intent = AttemptRecord.Intent(run: Self.run, attempt: 1, killGrace: killGrace)
        guard symlink(intent.text, "\(self.path)/\(place).intent") == 0 else { throw SystemError(doing: "write") }
        guard let process else { return }
        guard symlink(process.text, "\(self.path)/\(place).process") == 0 else { throw SystemError(doing: "write") }
    }

    /// Whether nothing is left of the files.
    var isGone: Bool { access(self.path, F_OK) != 0 }

    private static let run = "00000000-0000-7000-8000-000000000001.1700000000.0"
}
