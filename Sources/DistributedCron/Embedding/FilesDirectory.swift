#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The files of a process whose jobs are in a store elsewhere: locked for as long as this lives, and for that store only.
///
/// An artifact that no job of the store refers to is removed, so two stores must never share a directory.
final class FilesDirectory: Sendable {
    private let lock: JournalDirectory

    /// Locks a directory that exists, with the lock of a store that would be kept in it.
    ///
    /// - Throws: ``JournalError``, with code `locked` if another process has it, and `unusable` if another store has.
    init(path: String, cluster: ClusterID) throws(JournalError) {
        self.lock = try JournalDirectory(path: "\(path)/store")
        guard self.lock.list() == ([], []) else {
            throw JournalError(.unusable, message: "\(path) holds jobs of its own, whose files are not another store's")
        }
        let owner = Self.owner(of: path)
        if owner == nil { try Self.note(cluster, in: path) }
        guard owner ?? cluster == cluster else {
            throw JournalError(
                .unusable,
                message: "\(path) holds the files of another cluster than the store's, which is \(cluster)"
            )
        }
    }

    /// The cluster whose files a directory holds; nil if its jobs are in it as well, or nothing is.
    static func owner(of path: String) -> ClusterID? {
        guard let bytes = FileManager.default.contents(atPath: self.note(in: path)) else { return nil }
        return ClusterID(rawValue: String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }

    private static func note(_ cluster: ClusterID, in path: String) throws(JournalError) {
        do {
            try Data("\(cluster)\n".utf8).write(to: URL(filePath: self.note(in: path)), options: .atomic)
        } catch {
            throw JournalError(.unusable, message: "cannot write \(self.note(in: path)): \(error)")
        }
    }

    private static func note(in path: String) -> String { "\(path)/cluster" }
}
