/// Turns the text of a schedule into masks.
///
/// The order of its checks is the order in which people see mistakes: length, characters, fields from the left, their
/// number, and last whether the schedule can fire at all.
struct ScheduleParser {
    let hasSeconds: Bool
    let hashKey: String?

    /// The longest text, in bytes.
    ///
    /// It bounds all work on hostile input.
    static let maximumLength = 512

    /// Refuses what is too long or not plain text; whatever is left has one byte a character.
    static func check(_ text: String) throws(ScheduleError) {
        guard text.utf8.count <= Self.maximumLength else {
            throw ScheduleError(
                kind: .tooLong,
                field: .expression,
                column: text.unicodeScalars.count(withinBytes: Self.maximumLength) + 1,
                text: "",
                allowed: "at most \(Self.maximumLength) bytes",
                suggestion: nil,
                message: "the text is longer than \(Self.maximumLength) bytes"
            )
        }
        let bytes = text.utf8.span
        var isBlank = true
        for index in bytes.indices {
            let byte = bytes[index]
            guard (0x20...0x7E).contains(byte) || byte == 0x09 else { throw Self.badCharacter(in: text, at: index) }
            if !byte.isBlank { isBlank = false }
        }
        guard isBlank else { return }
        throw ScheduleError(
            kind: .empty,
            field: .expression,
            column: 1,
            text: "",
            allowed: "five fields",
            suggestion: nil,
            message: "the schedule is empty; expected five fields or a macro such as @daily"
        )
    }

    /// Compiles a checked text without a macro.
    func schedule(_ bytes: Span<UInt8>) throws(ScheduleError) -> CivilSchedule {
        var fields = FieldSplitter(hasSeconds: self.hasSeconds)
        var masks = FieldMasks()
        if !self.hasSeconds { masks.second = 1 }
        while var reader = try fields.next(in: bytes) {
            if reader.field == .dayOfMonth { masks.dayOfMonthColumn = reader.start + 1 }
            masks.begin(reader.field, withStar: bytes[reader.start] == UInt8(ascii: "*"))
            while let item = try reader.next(in: bytes) {
                masks.insert(try self.resolve(item, from: reader, in: bytes), in: reader.field)
            }
        }
        let schedule = masks.schedule
        guard schedule.days.canMatch else {
            throw ScheduleError(
                kind: .neverFires,
                field: .dayOfMonth,
                column: masks.dayOfMonthColumn,
                text: "",
                allowed: "a day that occurs in the months given",
                suggestion: nil,
                message: "the schedule never fires: no month given has such a day"
            )
        }
        return schedule
    }

    private func resolve(
        _ item: ScheduleItem,
        from reader: ScheduleReader,
        in bytes: Span<UInt8>
    ) throws(ScheduleError) -> ScheduleItem {
        guard item.form == .hashed else { return item }
        guard let hashKey else {
            throw reader.error(
                .missingValue,
                in: bytes,
                at: reader.start,
                allowed: "a schedule without H",
                message: "H is chosen by the job's name, and there is no job here"
            )
        }
        return item.resolved(in: reader.field, hashKey: hashKey)
    }

    private static func badCharacter(in text: String, at byte: Int) -> ScheduleError {
        let column = text.unicodeScalars.count(withinBytes: byte) + 1
        let character = text.unicodeScalars.dropFirst(column - 1).first ?? " "
        let code = String(character.value, radix: 16, uppercase: true)
        let name = "U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code
        return ScheduleError(
            kind: .badCharacter,
            field: .expression,
            column: column,
            text: excerpt(String(character)),
            allowed: "only ASCII letters, digits, punctuation, spaces and tabs",
            suggestion: nil,
            message: "\(name) cannot stand in a schedule; use ASCII letters, digits, punctuation, spaces and tabs"
        )
    }
}

/// Finds the fields of an expression, in order, and insists on their number.
struct FieldSplitter {
    private let hasSeconds: Bool
    private var found = 0
    private var position = 0

    init(hasSeconds: Bool) { self.hasSeconds = hasSeconds }

    private var expected: Int { self.hasSeconds ? 6 : 5 }

    /// The next field, ready to be read; nil after the last one.
    mutating func next(in bytes: Span<UInt8>) throws(ScheduleError) -> ScheduleReader? {
        while self.position < bytes.count, bytes[self.position].isBlank { self.position += 1 }
        let start = self.position
        while self.position < bytes.count, !bytes[self.position].isBlank { self.position += 1 }
        let isEnd = start == self.position
        guard let field = self.field(self.found) else {
            if isEnd { return nil }
            throw self.extraField(in: bytes, at: start)
        }
        if isEnd { throw self.missingField(field, in: bytes) }
        self.found += 1
        return ScheduleReader(field: field, start: start, end: self.position)
    }

    private func field(_ index: Int) -> ScheduleField? {
        switch self.hasSeconds ? index : index + 1 {
        case 0: .second
        case 1: .minute
        case 2: .hour
        case 3: .dayOfMonth
        case 4: .month
        case 5: .dayOfWeek
        default: nil
        }
    }

    private var expectedWords: String { self.hasSeconds ? "six fields" : "five fields" }

    private func missingField(_ field: ScheduleField, in bytes: Span<UInt8>) -> ScheduleError {
        let help = self.hasSeconds && self.found == 5 ? "; with seconds, the first field is the second" : ""
        return ScheduleError(
            kind: .missingField,
            field: field,
            column: bytes.count + 1,
            text: "",
            allowed: self.expectedWords,
            suggestion: nil,
            message: "the \(field.rawValue) is missing; expected \(self.expectedWords), found \(self.found)\(help)"
        )
    }

    private func extraField(in bytes: Span<UInt8>, at start: Int) -> ScheduleError {
        var splitter = self
        var count = self.found
        while splitter.position > start {
            count += 1
            while splitter.position < bytes.count, bytes[splitter.position].isBlank { splitter.position += 1 }
            let next = splitter.position
            while splitter.position < bytes.count, !bytes[splitter.position].isBlank { splitter.position += 1 }
            if next == splitter.position { break }
        }
        let word = String(decoding: (start..<self.position).map { bytes[$0] }, as: UTF8.self)
        let isYear = word.utf8.count == 4 && (Int(word).map { (1_970...2_199).contains($0) } ?? false)
        let help =
            if isYear {
                "there is no year field; for a single time use @at"
            } else if self.hasSeconds || count > self.expected + 1 {
                "remove what follows the schedule"
            } else {
                "if the first is the seconds say seconds: true, and if the last is a command remove it"
            }
        return ScheduleError(
            kind: .extraField,
            field: .expression,
            column: start + 1,
            text: excerpt(word),
            allowed: "\(self.expectedWords), found \(count)",
            suggestion: nil,
            message: "expected \(self.expectedWords), found \(count); \(help)"
        )
    }
}

extension UInt8 {
    /// Whether this is a space or a tab.
    var isBlank: Bool { self == 0x20 || self == 0x09 }
}

extension String.UnicodeScalarView {
    /// How many scalars end within the first bytes.
    fileprivate func count(withinBytes limit: Int) -> Int {
        var bytes = 0
        var count = 0
        for scalar in self {
            bytes += UTF8.width(scalar)
            guard bytes <= limit else { break }
            count += 1
        }
        return count
    }
}
