import Glibc

/// The directory in which an executor keeps its files.
///
/// ```
/// artifacts/<sha256>         what jobs run, read-only
/// work/<instance>/<number>   the private directory of an attempt
/// work/<instance>/<number>.* what is written down of it, its script, its output
/// ```
///
/// All of it is for this user only. An instance's directory is locked (flock) for as long as its executor lives, so
/// that the next one can tell what a dead predecessor left behind from what is in use.
final class StateDirectory {
    /// The absolute path, without links.
    let path: String
    /// The directory of cached artifacts.
    let artifacts: Descriptor
    /// The directory of this executor's attempts.
    let instance: Instance
    private let work: Descriptor

    /// An executor's own part of `work`, locked for as long as it is open.
    struct Instance: ~Copyable {
        let name: String
        let directory: Descriptor
    }

    /// The absolute path of `instance`.
    var instancePath: String { "\(self.path)/work/\(self.instance.name)" }

    /// This boot of the machine, as the kernel calls it.
    let boot: String?

    /// Opens the directory, makes what is missing of it, and ends and removes what dead predecessors left in `work`.
    ///
    /// Blocks the calling thread until nothing is left of them.
    init(path: String) throws(SystemError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw SystemError(doing: "make the directory \(path)")
        }
        guard let resolved = realpath(path, nil) else { throw SystemError(doing: "find \(path)") }
        defer { free(resolved) }
        self.path = String(cString: resolved)
        let root = try Descriptor.openDirectory(self.path)
        self.artifacts = try Self.makePrivate("artifacts", in: root)
        self.work = try Self.makePrivate("work", in: root)
        self.boot = ProcessStatus.bootIdentity()
        try Self.removeLeftovers(in: self.work, path: "\(self.path)/work", boot: self.boot)
        self.instance = try Self.claimInstance(in: self.work)
    }

    deinit {
        // Empty unless a removal failed; then it is left to a successor.
        unlinkat(self.work.number, self.instance.name, AT_REMOVEDIR)
    }

    /// Ends and removes what executors have left in `work` that died since.
    ///
    /// Blocks the calling thread until nothing is left of them.
    func removeLeftovers() throws(SystemError) {
        // This executor's own part is locked, as are those of all that live.
        try Self.removeLeftovers(in: self.work, path: "\(self.path)/work", boot: self.boot)
    }

    private static func makePrivate(_ name: String, in root: borrowing Descriptor) throws(SystemError) -> Descriptor {
        let directory = try Descriptor.makeDirectory(name, in: root)
        guard fchmod(directory.number, 0o700) == 0 else { throw SystemError(doing: "make \(name) private") }
        return directory
    }

    private static func removeLeftovers(
        in work: borrowing Descriptor,
        path: String,
        boot: String?
    ) throws(SystemError) {
        for name in TreeRemoval.names(in: work) {
            guard let directory = try? Descriptor.open(name, in: work, O_RDONLY | O_DIRECTORY),
                flock(directory.number, LOCK_EX | LOCK_NB) == 0
            else { continue }
            let records = AttemptRecord.all(in: directory, path: "\(path)/\(name)")
            if !records.isEmpty { try Leftovers(of: records, boot: boot).end() }
            // What cannot be removed stays; it is in nobody's way.
            try? TreeRemoval.remove(name, in: work)
        }
    }

    /// Makes the first directory that is nobody's and locks it.
    private static func claimInstance(in work: borrowing Descriptor) throws(SystemError) -> Instance {
        var number = 0
        while true {
            let name = String(number)
            number += 1
            guard mkdirat(work.number, name, 0o700) == 0 else {
                guard errno == EEXIST else { throw SystemError(doing: "make the directory work/\(name)") }
                continue
            }
            // Another executor that starts right now may take it for a leftover, until it is locked.
            guard let directory = try? Descriptor.open(name, in: work, O_RDONLY | O_DIRECTORY) else { continue }
            var status = stat()
            guard flock(directory.number, LOCK_EX) == 0, fstat(directory.number, &status) == 0 else {
                throw SystemError(doing: "lock the directory work/\(name)")
            }
            if status.st_nlink > 0 { return Instance(name: name, directory: directory) }
        }
    }
}
