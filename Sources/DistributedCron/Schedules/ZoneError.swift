/// Why a time zone cannot be used.
public struct ZoneError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, coarse enough to branch on.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// No zone has this name.
        case unknownZone = "unknown-zone"
        /// This machine has no time zone database.
        case missingData = "missing-data"
        /// The zone's file is there but cannot be read or is not what RFC 8536 describes.
        case corruptData = "corrupt-data"
    }

    /// The failure's category.
    public let kind: Kind
    /// The name that was asked for, cut and without control characters.
    public let name: String
    /// The name that was probably meant.
    public let suggestion: String?
    /// A sentence for people, saying what to do.
    public let message: String

    init(_ kind: Kind, name: String, suggestion: String? = nil, message: String) {
        self.kind = kind
        self.name = name
        self.suggestion = suggestion
        self.message = message
    }

    /// The message.
    public var description: String { self.message }
}
