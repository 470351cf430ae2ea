/// Why a directory with a journal cannot be used.
public struct JournalError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, coarse enough to branch on.
    public enum Code: Sendable, Hashable {
        /// Another process uses the directory.
        case locked
        /// The directory or one of its files cannot be opened, read or written.
        case unusable
        /// A file is damaged, or of a format that this program does not know.
        case corrupt
        /// What is open accepts nothing any more: its disk has failed, or it was closed. Opening it anew may help.
        case failed
    }

    /// The failure's category.
    public let code: Code
    /// A sentence for operators that names the file, and the offset in it.
    public let message: String

    /// Describes a failure.
    public init(_ code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { self.message }
}
