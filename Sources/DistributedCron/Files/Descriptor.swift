import Glibc

/// A file descriptor that is closed when its owner lets go of it.
struct Descriptor: ~Copyable, Sendable {
    let number: Int32

    /// Takes over a descriptor that is open.
    init(owning number: Int32) { self.number = number }

    deinit { close(self.number) }

    /// Opens a file relative to a directory, close-on-exec and without following a link in the last component.
    static func open(
        _ name: String,
        in directory: borrowing Descriptor,
        _ flags: Int32,
        mode: mode_t = 0
    ) throws(SystemError) -> Descriptor {
        let number = openat(directory.number, name, flags | O_CLOEXEC | O_NOFOLLOW, mode)
        guard number >= 0 else { throw SystemError(doing: "open \(name)") }
        return Descriptor(owning: number)
    }

    /// Opens a directory by its path, close-on-exec.
    static func openDirectory(_ path: String) throws(SystemError) -> Descriptor {
        let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(doing: "open \(path)") }
        return Descriptor(owning: number)
    }

    /// Makes a directory that only this user may enter, if it is not there, and opens it.
    static func makeDirectory(_ name: String, in parent: borrowing Descriptor) throws(SystemError) -> Descriptor {
        guard mkdirat(parent.number, name, 0o700) == 0 || errno == EEXIST else {
            throw SystemError(doing: "make the directory \(name)")
        }
        return try self.open(name, in: parent, O_RDONLY | O_DIRECTORY)
    }

    /// Hands the descriptor over to somebody else who closes it.
    consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    /// Reads up to the size of `buffer`; 0 is the end of the file.
    borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        while true {
            let count = Glibc.read(self.number, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else { throw SystemError(doing: "read") }
        }
    }

    /// Writes all of `buffer`.
    borrowing func write(_ buffer: UnsafeRawBufferPointer) throws(SystemError) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.write(self.number, piece.baseAddress, piece.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw SystemError(doing: "write")
            }
        }
    }
}
