import Glibc

/// Which supervisors a worker may be served by: those that are what it would start itself.
///
/// A supervisor outlives its worker, and so the worker's release and configuration. What the two say to each other has no
/// version of its own: everything that a supervisor is made of (the executable that it runs, and every word that it is
/// told: directories and limits) is hashed into a name, and the name is part of those of its lock and its socket. A worker
/// finds only supervisors of its own generation, and starts one if there is none. Those of other generations get no more
/// orders; each watches the leases of what it runs, as ever, and ends when nothing of that is left.
struct SupervisorGeneration: Sendable, Hashable {
    /// The name, 16 hexadecimal digits.
    let name: String

    /// The generation of an executable that becomes a supervisor by some words.
    ///
    /// A copy of the same release is another executable: it costs a second process for a while, and nothing else.
    init(of program: borrowing Descriptor, command: [String]) throws(SystemError) {
        var status = stat()
        guard fstat(program.number, &status) == 0 else { throw SystemError(doing: "look at the executable") }
        let file: [Int64] = [
            Int64(truncatingIfNeeded: status.st_dev), Int64(truncatingIfNeeded: status.st_ino),
            Int64(truncatingIfNeeded: status.st_size), Int64(truncatingIfNeeded: status.st_mtim.tv_sec),
            Int64(truncatingIfNeeded: status.st_mtim.tv_nsec),
        ]
        // No word can contain what is between them.
        let text = (file.map { String($0) } + command).joined(separator: "\0")
        self.name = String(ArtifactDigest(of: Array(text.utf8)).hexadecimal.prefix(16))
    }
}
