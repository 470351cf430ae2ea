import Glibc

/// Where a node's supervisors are found: a directory that only this user may enter.
///
/// ```
/// <generation>.lock      held (flock) by the supervisor of a generation
/// <generation>.socket    on which it listens
/// <worker>.lease         until when a worker's lease is good
/// ```
///
/// One supervisor of a generation (``SupervisorGeneration``) serves at a time. Those of others end beside it; a worker has an
/// identity of its own, so that they have no lease in common.
struct SupervisorDirectory: ~Copyable, Sendable {
    private static let lockSuffix = ".lock"
    private static let socketSuffix = ".socket"

    let path: String
    let descriptor: Descriptor

    /// Opens a directory; makes it if it is not there, but not its parents.
    init(path: String) throws(SystemError) {
        let descriptor = try Self.open(path)
        self.path = path
        self.descriptor = descriptor
    }

    private static func open(_ path: String) throws(SystemError) -> Descriptor {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw SystemError(doing: "make the directory \(path)")
        }
        let directory = try Descriptor.openDirectory(path)
        // Whoever can connect can have commands run.
        guard fchmod(directory.number, 0o700) == 0 else {
            throw SystemError(doing: "keep others out of the directory \(path)")
        }
        return directory
    }

    /// Locks the directory for a supervisor.
    ///
    /// - Returns: The lock, held as long as it is open; nil if another supervisor of the generation holds it.
    func lock(_ generation: String) throws(SystemError) -> Descriptor? {
        let name = generation + Self.lockSuffix
        while true {
            let file = try Descriptor.open(name, in: self.descriptor, O_RDWR | O_CREAT, mode: 0o600)
            guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
                guard errno == EWOULDBLOCK else { throw SystemError(doing: "lock \(self.path)/\(name)") }
                return nil
            }
            var status = stat()
            guard fstat(file.number, &status) == 0 else { throw SystemError(doing: "look at \(self.path)/\(name)") }
            // Whoever held it before has removed it, and another may have made it anew since.
            if status.st_nlink > 0 { return file }
        }
    }

    /// Removes a supervisor's lock and socket; for whoever holds the lock.
    func remove(_ generation: String) {
        unlinkat(self.descriptor.number, generation + Self.socketSuffix, 0)
        unlinkat(self.descriptor.number, generation + Self.lockSuffix, 0)
    }

    /// The generations but one whose supervisors have not ended; what the others left of themselves is removed.
    func others(than generation: String) -> Set<String> {
        var others: Set<String> = []
        for name in TreeRemoval.names(in: self.descriptor) where name.hasSuffix(Self.lockSuffix) {
            let other = String(name.dropLast(Self.lockSuffix.count))
            guard other != generation, let file = try? Descriptor.open(name, in: self.descriptor, O_RDWR) else {
                continue
            }
            if flock(file.number, LOCK_EX | LOCK_NB) == 0 {
                self.remove(other)
            } else {
                others.insert(other)
            }
        }
        return others
    }

    /// Listens, in the place of a supervisor that is gone.
    func listen(_ generation: String) throws(SystemError) -> Descriptor {
        let name = generation + Self.socketSuffix
        unlinkat(self.descriptor.number, name, 0)
        let listener = try Self.makeSocket()
        let number = listener.number
        guard self.withAddress(of: name, { bind(number, $0, $1) }) == 0, Glibc.listen(number, 16) == 0 else {
            throw SystemError(doing: "listen at \(self.path)/\(name)")
        }
        return listener
    }

    /// Connects to the supervisor of a generation; nil if none listens.
    func connect(_ generation: String) throws(SystemError) -> Descriptor? {
        let name = generation + Self.socketSuffix
        let socket = try Self.makeSocket()
        let number = socket.number
        if self.withAddress(of: name, { Glibc.connect(number, $0, $1) }) == 0 { return socket }
        guard [ENOENT, ECONNREFUSED].contains(errno) else {
            throw SystemError(doing: "connect to \(self.path)/\(name)")
        }
        return nil
    }

    /// Removes the lease of a worker that is gone.
    func removeLease(of worker: WorkerID) { unlinkat(self.descriptor.number, LeaseFile.name(of: worker), 0) }

    /// Removes the leases of workers that have been gone for a day, which supervisors that died have left.
    func removeOldLeases() {
        let day = 86_400
        for name in TreeRemoval.names(in: self.descriptor) where name.hasSuffix(LeaseFile.suffix) {
            var status = stat()
            guard fstatat(self.descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
                status.st_mtim.tv_sec < time(nil) - day
            else { continue }
            unlinkat(self.descriptor.number, name, 0)
        }
    }

    private static func makeSocket() throws(SystemError) -> Descriptor {
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemError(doing: "make a socket") }
        return Descriptor(owning: number)
    }

    /// A socket's address by way of the open directory, because an address holds no long path (unix(7)).
    private func withAddress(of name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("/proc/self/fd/\(self.descriptor.number)/\(name)".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
