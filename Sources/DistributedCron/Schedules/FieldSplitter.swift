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
