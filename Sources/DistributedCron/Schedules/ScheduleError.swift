/// Why a text is not a schedule, precise enough to point at the place.
///
/// Nothing in it is longer than a line and no control character of the text reaches it, so that it can be printed and
/// logged whatever was given.
public struct ScheduleError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of mistakes.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// There is nothing but blanks.
        case empty
        /// There are too few fields.
        case missingField = "missing-field"
        /// There are too many fields.
        case extraField = "extra-field"
        /// A value is outside its field's range.
        case outOfRange = "out-of-range"
        /// A value is missing in a list, in a range, after `#`, or in the job (a name for `H`, a start for `@every`).
        case missingValue = "missing-value"
        /// What follows `/` is not a number.
        case badStep = "bad-step"
        /// The step is 0.
        case zeroStep = "zero-step"
        /// A range goes down.
        case reversedRange = "reversed-range"
        /// A word is not a name of its field.
        case unknownName = "unknown-name"
        /// A word after `@` is not a macro, or what follows it is not what the macro takes.
        case unknownMacro = "unknown-macro"
        /// A character cannot stand where it does.
        case badCharacter = "bad-character"
        /// No day is ever in all the fields.
        case neverFires = "never-fires"
        /// The text exceeds 512 bytes.
        case tooLong = "too-long"
    }

    /// The kind of mistake.
    public let kind: Kind
    /// The field in which it is.
    public let field: ScheduleField
    /// Where it is, in Unicode scalars from 1; one past the end if something is missing there.
    public let column: Int
    /// What is wrong there, cut and without control characters.
    public let text: String
    /// What may stand there.
    public let allowed: String
    /// What to write instead of ``text``, where that can be guessed.
    public let suggestion: String?
    /// One sentence that says what is wrong, and what helps.
    public let message: String

    /// The column, the field and the message, on one line.
    public var description: String { "column \(self.column), \(self.field.rawValue): \(self.message)" }

    /// Two lines that show the place: the text, and below it a caret and the message.
    ///
    /// ```
    /// 61 * * * *
    /// ^^ minute 61 is outside 0-59
    /// ```
    /// - Parameter source: The text that was refused. Of a long one only the surroundings of the mistake are shown.
    /// - Returns: Two lines without a newline at the end.
    public func caret(under source: String) -> String {
        let width = 96
        let position = self.column - 1
        let start = max(0, min(position - width / 2, source.unicodeScalars.prefix(position + width).count - width))
        let scalars = source.unicodeScalars.dropFirst(start).prefix(width).map(\.printable)
        var line = String(String.UnicodeScalarView(scalars))
        if start > 0 { line = "…" + line }
        let indent = String(repeating: " ", count: position - start + (start > 0 ? 1 : 0))
        let marked = max(1, min(self.text.unicodeScalars.count, scalars.count - (position - start)))
        return "\(line)\n\(indent)\(String(repeating: "^", count: marked)) \(self.message)"
    }
}

/// The beginning of a text, fit to be shown in a message.
func excerpt(_ text: some StringProtocol) -> String {
    let scalars = text.unicodeScalars.prefix(41).map(\.printable)
    let shown = String(String.UnicodeScalarView(scalars.prefix(40)))
    return scalars.count > 40 ? shown + "…" : shown
}

extension Unicode.Scalar {
    /// The scalar itself, or a stand-in if printing it could move the cursor, be invisible or hide other text.
    fileprivate var printable: Unicode.Scalar {
        switch self.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .nonspacingMark, .enclosingMark, .spacingMark:
            self == "\t" ? " " : "·"
        case .spaceSeparator: self == " " ? " " : "·"
        default: self
        }
    }
}
