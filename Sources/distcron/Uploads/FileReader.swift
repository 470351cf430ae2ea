import DistributedCron
import DistributedCronProcess

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Reads a file from its beginning to its end, on a queue of its own because a disk may be slow.
actor FileReader {
    private let executor = QueueExecutor(label: "distcron.upload")
    private let path: String
    private var descriptor: Int32?

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    /// Reads the file at a path.
    init(_ path: String) { self.path = path }

    deinit {
        if let descriptor = self.descriptor { close(descriptor) }
    }

    /// The next bytes, fewer than asked for only at the end of the file, and none after it.
    ///
    /// - Throws: ``Failure``.
    func next(_ count: Int) throws -> [UInt8] {
        let descriptor = try self.open()
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let more = bytes.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw Failure(unreadable: self.path, errno) }
            guard more > 0 else { break }
            filled += more
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    /// How many bytes a file has, or nil if only its end tells, as with a pipe.
    ///
    /// - Throws: ``Failure`` if it cannot be read, or is a directory.
    static func size(_ path: String) throws(Failure) -> Int? {
        let descriptor = try Self.open(path)
        defer { close(descriptor) }
        var nothing: UInt8 = 0
        guard read(descriptor, &nothing, 0) == 0 else { throw Failure(unreadable: path, errno) }
        let size = lseek(descriptor, 0, SEEK_END)
        return size >= 0 ? Int(size) : nil
    }

    private func open() throws(Failure) -> Int32 {
        if let descriptor = self.descriptor { return descriptor }
        let descriptor = try Self.open(self.path)
        self.descriptor = descriptor
        return descriptor
    }

    private static func open(_ path: String) throws(Failure) -> Int32 {
        #if canImport(Glibc)
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        #elseif canImport(Musl)
        let descriptor = Musl.open(path, O_RDONLY | O_CLOEXEC)
        #else
        let descriptor = Darwin.open(path, O_RDONLY | O_CLOEXEC)
        #endif
        guard descriptor >= 0 else { throw Failure(unreadable: path, errno) }
        return descriptor
    }
}

extension Failure {
    /// A file cannot be read.
    init(unreadable path: String, _ code: Int32) {
        self.init(
            .noInput,
            "cannot read \(Table.printable(path)): \(FileOutput.words(for: code))",
            help: "check the name and the permissions of the file"
        )
    }
}
