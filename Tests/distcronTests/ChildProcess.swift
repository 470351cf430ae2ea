import Dispatch
import Glibc
import Testing

/// A process and what it writes.
///
/// Not Foundation's, which now and then misses an end on Linux. Every wait is a blocking call on a queue of its own.
final class ChildProcess: Sendable {
    /// How a process ended.
    struct Result {
        /// Its exit code, or 128 + n where signal n ended it.
        let status: Int32
        let output: String
        let errors: String
    }

    private let id: pid_t
    private let output: AsyncStream<[UInt8]>
    private let errors: AsyncStream<[UInt8]>
    private let end: AsyncStream<Int32>

    /// Starts a program with an empty standard input.
    ///
    /// - Parameters:
    ///   - arguments: The path of the program, and its arguments.
    ///   - environment: All of its environment.
    /// - Throws: An error of the test if the program cannot be started.
    init(_ arguments: [String], environment: [String: String]) throws {
        let output = try Self.pipe()
        let errors = try Self.pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.write, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.write, 2)
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, arguments[0], &actions, nil, &argv, &envp)
        close(output.write)
        close(errors.write)
        try #require(code == 0, "posix_spawn: \(code)")
        self.id = id
        self.output = Self.bytes(from: output.read)
        self.errors = Self.bytes(from: errors.read)
        self.end = Self.end(of: id)
    }

    /// Reads standard output until it contains a text, and returns all that was read.
    func output(until text: String) async -> String { await Self.read(self.output, until: text) }

    /// Reads standard error until it contains a text, and returns all that was read.
    func errors(until text: String) async -> String { await Self.read(self.errors, until: text) }

    /// Asks the process to end.
    func terminate(_ signal: Int32 = SIGTERM) { kill(self.id, signal) }

    /// Waits for the end; the output is what was not read before.
    func result() async -> Result {
        await withTaskCancellationHandler {
            async let output = Self.text(self.output)
            async let errors = Self.text(self.errors)
            let (outputText, errorText) = await (output, errors)
            var status: Int32 = -1
            for await code in self.end { status = code }
            return Result(status: status, output: outputText, errors: errorText)
        } onCancel: {
            kill(self.id, SIGKILL)
        }
    }

    private static func read(_ stream: AsyncStream<[UInt8]>, until text: String) async -> String {
        var read: [UInt8] = []
        for await bytes in stream {
            read += bytes
            if String(decoding: read, as: UTF8.self).contains(text) { break }
        }
        return String(decoding: read, as: UTF8.self)
    }

    private static func text(_ stream: AsyncStream<[UInt8]>) async -> String {
        var read: [UInt8] = []
        for await bytes in stream { read += bytes }
        return String(decoding: read, as: UTF8.self)
    }

    /// A pipe whose ends no other process inherits.
    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func bytes(from descriptor: Int32) -> AsyncStream<[UInt8]> {
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        DispatchQueue(label: "output").async {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = Glibc.read(descriptor, &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                continuation.yield(Array(chunk[..<count]))
            }
            close(descriptor)
            continuation.finish()
        }
        return stream
    }

    private static func end(of id: pid_t) -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        DispatchQueue(label: "end").async {
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            continuation.yield(signal == 0 ? (status >> 8) & 0xFF : 128 + signal)
            continuation.finish()
        }
        return stream
    }
}
