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
