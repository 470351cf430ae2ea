import Glibc

/// The files of a journal in their directory, which is locked for as long as this lives.
///
/// ```
/// lock                 held (flock) by the process that uses the directory, whose number it contains
/// journal-<n>.log      changes, in the order of n
/// snapshot-<n>.snap    all rows as they were, at least, when journal-<n>.log began
/// ```
struct JournalDirectory: ~Copyable, Sendable {
    let path: String
    let descriptor: Descriptor
    private let lock: Descriptor

    /// Opens a directory, making it if it is not there, and locks it.
    init(path: String) throws(JournalError) {
        let descriptor = try Self.open(path)
        let lock = try Self.openLock(in: descriptor)
        try Self.take(lock, path: path)
        self.path = path
        self.descriptor = descriptor
        self.lock = lock
    }

    private static func take(_ lock: borrowing Descriptor, path: String) throws(JournalError) {
        let number = lock.number
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            throw JournalError(.locked, message: "\(path) is in use by \(self.holder(lock))")
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(number, 0) == 0,
            text.withUnsafeBytes({ pwrite(number, $0.baseAddress, $0.count, 0) }) == text.count
        else { throw JournalError(.unusable, message: "\(SystemError(doing: "write \(path)/lock"))") }
    }

    private static func open(_ path: String) throws(JournalError) -> Descriptor {
        do throws(SystemError) {
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw SystemError(doing: "make the directory \(path)")
            }
            return try Descriptor.openDirectory(path)
        } catch {
            throw JournalError(.unusable, message: "\(error)")
        }
    }

    private static func openLock(in directory: borrowing Descriptor) throws(JournalError) -> Descriptor {
        do throws(SystemError) {
            return try Descriptor.open("lock", in: directory, O_RDWR | O_CREAT, mode: 0o600)
        } catch {
            throw JournalError(.unusable, message: "\(error)")
        }
    }

    private static func holder(_ lock: borrowing Descriptor) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = bytes.withUnsafeMutableBytes { pread(lock.number, $0.baseAddress, $0.count, 0) }
        let digits = String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 10 }, as: UTF8.self)
        return digits.isEmpty ? "another process" : "process \(digits)"
    }

    /// Lets others use the directory.
    func unlock() { flock(self.lock.number, LOCK_UN) }

    static func segment(_ number: UInt64) -> String { "journal-\(number).log" }
    static func snapshot(_ number: UInt64) -> String { "snapshot-\(number).snap" }
    static func temporary(_ number: UInt64) -> String { "\(self.snapshot(number)).tmp" }

    /// The numbers of the segments and of the snapshots, in their order.
    func list() -> (segments: [UInt64], snapshots: [UInt64]) {
        let names = TreeRemoval.names(in: self.descriptor)
        func numbers(_ prefix: String, _ suffix: String) -> [UInt64] {
            names.compactMap { name in
                guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
                return UInt64(name.dropFirst(prefix.count).dropLast(suffix.count))
            }.sorted()
        }
        return (numbers("journal-", ".log"), numbers("snapshot-", ".snap"))
    }

    func read(_ name: String) throws(JournalError) -> [UInt8] {
        do throws(SystemError) {
            let file = try Descriptor.open(name, in: self.descriptor, O_RDONLY)
            var status = stat()
            guard fstat(file.number, &status) == 0 else { throw SystemError(doing: "look at \(name)") }
            var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
            var filled = 0
            while filled < bytes.count {
                let start = filled
                var span = bytes.mutableSpan
                let count = try span.withUnsafeMutableBytes { buffer throws(SystemError) in
                    try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[start...]))
                }
                guard count > 0 else { break }
                filled += count
            }
            bytes.removeLast(bytes.count - filled)
            return bytes
        } catch {
            throw JournalError(.unusable, message: "\(self.path)/\(name): \(error)")
        }
    }

    /// Makes what was done to names in the directory survive a crash.
    func sync() throws(SystemError) {
        guard fsync(self.descriptor.number) == 0 else { throw SystemError(doing: "sync \(self.path)") }
    }

    /// Removes the beginnings of snapshots that a crash cut short.
    func removeLeftovers() {
        for name in TreeRemoval.names(in: self.descriptor) where name.hasSuffix(".snap.tmp") { self.remove(name) }
    }

    func remove(_ name: String) { unlinkat(self.descriptor.number, name, 0) }
}
