import CSpawn
import Glibc

/// A process to start: its program, words, environment and descriptors.
struct SpawnRequest: ~Copyable, Sendable {
    /// The command's words; the first is the file to execute, unless `program` is given.
    let arguments: [String]
    /// The whole environment.
    let environment: [String: String]
    /// The directory to start in.
    let directory: String
    /// The open file to execute instead of the path in `arguments`.
    let program: Descriptor?

    /// A process that was started, in a session and process group of its own number.
    struct Started: ~Copyable {
        let process: pid_t
        let descriptor: Descriptor

        /// Hands over the pidfd.
        consuming func takeDescriptor() -> Descriptor { self.descriptor }
    }

    /// Why there is no process.
    struct Failure: Error {
        /// Whether the program itself was refused, and not one of its surroundings.
        let isRefusedProgram: Bool
        let error: SystemError
    }

    /// Whether a text can be handed to a process at all.
    static func isPassable(_ text: String) -> Bool { !text.utf8.contains(0) }

    /// Starts the process; the calling thread waits until it executes its program.
    borrowing func start(output: borrowing Descriptor, error: borrowing Descriptor) throws(Failure) -> Started {
        let words = CStringVector(self.arguments)
        let variables = CStringVector(self.environment.map { "\($0.key)=\($0.value)" })
        var result = distcron_spawn_result()
        var path: UnsafePointer<CChar>?
        let executable: Int32
        switch self.program {
        case .some(let program): executable = program.number
        case .none:
            executable = -1
            path = words.first
        }
        let number = self.directory.withCString { directory in
            var options = distcron_spawn_options(
                path: path,
                executable: executable,
                arguments: words.pointer,
                environment: variables.pointer,
                directory: directory,
                standard_output: output.number,
                standard_error: error.number,
                file_mode_mask: 0o022
            )
            return distcron_spawn_start(&options, &result)
        }
        // The vectors own what the options point to.
        withExtendedLifetime((words, variables)) {}
        guard number == 0 else { throw self.failure(at: result.stage, number: number) }
        return Started(process: result.pid, descriptor: Descriptor(owning: result.pidfd))
    }
}

extension SpawnRequest {
    fileprivate borrowing func failure(at stage: distcron_spawn_stage, number: Int32) -> Failure {
        let action =
            switch stage {
            case DISTCRON_SPAWN_STAGE_STACK: "allocate a stack for the process"
            case DISTCRON_SPAWN_STAGE_CLONE: "create a process (clone with CLONE_PIDFD)"
            case DISTCRON_SPAWN_STAGE_SESSION: "begin a session"
            case DISTCRON_SPAWN_STAGE_DESCRIPTORS: "arrange the descriptors of the process"
            case DISTCRON_SPAWN_STAGE_DIRECTORY: "enter the working directory \(self.directory.debugDescription)"
            default: "execute the program"
            }
        return Failure(
            isRefusedProgram: stage == DISTCRON_SPAWN_STAGE_EXECUTE,
            error: SystemError(doing: action, number: number)
        )
    }
}

/// Strings as `execve` takes them, owned for as long as this lives.
private final class CStringVector {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        self.count = strings.count
        self.pointer = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() {
            (self.pointer + index).initialize(to: strdup(string))
        }
        (self.pointer + strings.count).initialize(to: nil)
    }

    var first: UnsafePointer<CChar>? { UnsafePointer(self.pointer[0]) }

    deinit {
        for index in 0..<self.count { free(self.pointer[index]) }
        self.pointer.deallocate()
    }
}
