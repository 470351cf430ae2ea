import DistributedCron

/// Text that a test gave for an instant and that is none.
public struct InvalidInstant: Error, Sendable, CustomStringConvertible {
    /// The text.
    public let text: String

    /// What would be right.
    public var description: String {
        "\(self.text.debugDescription) is not an instant; write it as in 2026-03-29T01:00:00Z (RFC 3339)"
    }

    /// Reads an instant.
    ///
    /// - Throws: The error, if the text is none.
    static func read(_ text: String) throws(Self) -> Instant {
        guard let instant = Instant(text) else { throw Self(text: text) }
        return instant
    }
}
