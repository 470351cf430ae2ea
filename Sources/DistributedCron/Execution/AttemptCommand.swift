import Glibc

/// What is executed for an attempt, and why not if it cannot be.
struct AttemptCommand: ~Copyable, Sendable {
    /// The words of the command.
    let arguments: [String]
    /// The open file to execute instead of the first word.
    let descriptor: Descriptor?
    private let head: [UInt8]

    /// A command line for the shell.
    ///
    /// The `--` is for commands that begin with a minus sign: `sh` takes options after `-c` too.
    init(shell text: String) throws(NotStarted) {
        guard SpawnRequest.isPassable(text) else { throw NotStarted(reason: "the command holds a NUL character") }
        self.arguments = ["/bin/sh", "-c", "--", text]
        self.descriptor = nil
        self.head = []
    }

    /// A verified file: with a `#!` line or of a format of the kernel's, or else, if it is a script, for the shell.
    init(_ program: consuming VerifiedProgram, isScript: Bool) throws(NotStarted) {
        guard isScript || !program.head.isEmpty else { throw NotStarted(reason: "the binary is empty") }
        let isForShell = isScript && !program.head.starts(with: "#!".utf8)
        self.arguments = isForShell ? ["/bin/sh", program.path] : [program.path]
        self.head = program.head
        self.descriptor = program.takeDescriptor()
    }

    /// What a failure to execute this means, for people.
    static func reason(for failure: SpawnRequest.Failure, head: [UInt8]) -> String {
        guard failure.isRefusedProgram else { return "\(failure.error)" }
        let interpreter = self.interpreter(in: head)
        switch (failure.error.number, interpreter) {
        case (ENOENT, .some(let name)):
            return "the interpreter \(name.debugDescription) of the #! line does not exist on this node"
        case (ENOENT, nil) where !head.isEmpty:
            return "the loader that the binary asks for does not exist on this node"
        case (ENOEXEC, .some):
            return "the #! line names no program that this node can run"
        case (ENOEXEC, nil):
            return "the binary is not in a format that this node can run"
        case (EACCES, .some(let name)):
            return
                "the interpreter \(name.debugDescription) of the #! line may not be executed: \(failure.error.reason)"
        case (E2BIG, _):
            return "the command and its environment are longer than this system allows"
        default:
            return "\(failure.error)"
        }
    }

    /// The first bytes of the file, for ``reason(for:head:)``.
    borrowing func firstBytes() -> [UInt8] { self.head }

    /// The process to start for this.
    consuming func request(environment: [String: String], directory: String) -> SpawnRequest {
        SpawnRequest(
            arguments: self.arguments,
            environment: environment,
            directory: directory,
            program: self.descriptor
        )
    }

    private static func interpreter(in head: [UInt8]) -> String? {
        guard head.starts(with: "#!".utf8) else { return nil }
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let name = head.dropFirst(2).drop(while: isBlank).prefix {
            !isBlank($0) && $0 != UInt8(ascii: "\n") && $0 != 0
        }
        return String(decoding: name, as: UTF8.self)
    }
}
