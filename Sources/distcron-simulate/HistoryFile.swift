import ArgumentParser
import DistributedCron

// Of all of Foundation, because streams of the C library have no names that are the same everywhere.
import Foundation

/// The file that a history for a checker is written to.
final class HistoryFile: Sendable {
    private let path: String
    private let handle: FileHandle
    private let failure = Lock<(any Error)?>(nil)

    /// Empties the file, or makes it.
    init(_ path: String) throws {
        self.path = path
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw ValidationError("--history cannot be written to \(path): is there such a directory?") }
        self.handle = handle
    }

    /// Adds lines.
    func write(_ lines: [String]) {
        do {
            for line in lines { try self.handle.write(contentsOf: Data("\(line)\n".utf8)) }
        } catch {
            self.failure.withLock { $0 = error }
        }
    }

    /// Closes the file.
    ///
    /// - Throws: What kept something from being written.
    func finish() throws {
        try self.handle.close()
        if let failure = self.failure.withLock({ $0 }) { throw failure }
    }
}
