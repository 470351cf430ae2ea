import Glibc

/// Removes files and directories that somebody else filled.
///
/// Names are resolved against open directories and links are never followed, so nothing outside is touched. A directory
/// that is found inside is moved next to the outermost one before it is emptied: however deep a job nested them, two
/// descriptors and no recursion are enough.
enum TreeRemoval {
    /// Removes the file or the whole directory `name` of `root`; succeeds if there is none.
    static func remove(_ name: String, in root: borrowing Descriptor) throws(SystemError) {
        // Most jobs leave an empty directory.
        guard unlinkat(root.number, name, AT_REMOVEDIR) != 0, errno != ENOENT else { return }
        if errno == ENOTDIR {
            guard unlinkat(root.number, name, 0) == 0 else { throw SystemError(doing: "remove \(name)") }
            return
        }
        var pending = [name]
        var moved = 0
        while let next = pending.popLast() {
            let directory = try self.openForRemoval(next, in: root)
            try self.empty(directory, outermost: name, root: root, pending: &pending, moved: &moved)
            guard unlinkat(root.number, next, AT_REMOVEDIR) == 0 else {
                throw SystemError(doing: "remove the directory \(next)")
            }
        }
    }

    /// The names of all entries of a directory that are UTF-8.
    static func names(in directory: borrowing Descriptor) -> [String] {
        var names: [String] = []
        try? self.forEachEntry(of: directory) { name throws(SystemError) in
            if let name = String(validatingCString: name) { names.append(name) }
        }
        return names
    }

    private static func openForRemoval(
        _ name: String,
        in root: borrowing Descriptor
    ) throws(SystemError) -> Descriptor {
        // A job may have taken away its own permissions.
        fchmodat(root.number, name, 0o700, AT_SYMLINK_NOFOLLOW)
        return try Descriptor.open(name, in: root, O_RDONLY | O_DIRECTORY)
    }

    private static func empty(
        _ directory: borrowing Descriptor,
        outermost: String,
        root: borrowing Descriptor,
        pending: inout [String],
        moved: inout Int
    ) throws(SystemError) {
        let (source, target) = (directory.number, root.number)
        try self.forEachEntry(of: directory) { name throws(SystemError) in
            guard unlinkat(source, name, 0) != 0, errno != ENOENT else { return }
            guard errno == EISDIR else { throw SystemError(doing: "remove a file") }
            let place = "\(outermost).\(moved)"
            // Moving a directory changes its "..", which takes the permission to write to it.
            fchmodat(source, name, 0o700, AT_SYMLINK_NOFOLLOW)
            guard renameat(source, name, target, place) == 0 else { throw SystemError(doing: "move a directory") }
            moved += 1
            pending.append(place)
        }
    }

    private static func forEachEntry(
        of directory: borrowing Descriptor,
        _ body: (UnsafePointer<CChar>) throws(SystemError) -> Void
    ) throws(SystemError) {
        // Its own position: a duplicate would share the descriptor's.
        let number = openat(directory.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(doing: "open a directory") }
        guard let stream = fdopendir(number) else {
            let error = SystemError(doing: "read a directory")
            close(number)
            throw error
        }
        defer { closedir(stream) }
        // All names first: what a reader sees of a directory that is changed meanwhile depends on the file system.
        var names: [[CChar]] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
            }
            if name != [46, 0], name != [46, 46, 0] { names.append(name) }
        }
        for name in names {
            let result = name.withUnsafeBufferPointer { pointer -> Result<Void, SystemError> in
                guard let address = pointer.baseAddress else { return .success(()) }
                do throws(SystemError) {
                    return .success(try body(address))
                } catch {
                    return .failure(error)
                }
            }
            try result.get()
        }
    }
}
