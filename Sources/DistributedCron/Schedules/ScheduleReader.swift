/// Reads the items of one field from the bytes of an expression, from the left, and refuses what it cannot account for.
///
/// It holds positions only, so reading allocates nothing unless it fails.
struct ScheduleReader {
    let field: ScheduleField
    /// Where the field begins and, exclusive, ends.
    let start: Int
    let end: Int
    private(set) var position: Int
    private var isFinished = false

    init(field: ScheduleField, start: Int, end: Int) {
        self.field = field
        self.start = start
        self.end = end
        self.position = start
    }

    /// The next item of the list; nil after the last one.
    mutating func next(in bytes: Span<UInt8>) throws(ScheduleError) -> ScheduleItem? {
        if self.isFinished { return nil }
        let item = try self.item(in: bytes)
        if self.position == self.end {
            self.isFinished = true
        } else if bytes[self.position] == UInt8(ascii: ",") {
            self.position += 1
        } else {
            throw self.badCharacter(in: bytes, at: self.position, allowed: "',' or the end of the field")
        }
        return item
    }

    private mutating func item(in bytes: Span<UInt8>) throws(ScheduleError) -> ScheduleItem {
        let all = self.field.range.lowerBound...self.field.lastOfAll
        if self.take("*", in: bytes) {
            let step = try self.step(in: bytes)
            return ScheduleItem(form: .star, first: all.lowerBound, last: all.upperBound, step: step)
        }
        if let item = try self.special(in: bytes) { return item }
        let start = self.position
        let first = try self.value(in: bytes)
        if self.take("-", in: bytes) { return try self.range(from: first, startingAt: start, in: bytes) }
        if self.field == .dayOfWeek, self.take("#", in: bytes) {
            let week = try self.week(in: bytes)
            return ScheduleItem(form: .nthWeekday(week), first: first, last: first, step: nil)
        }
        if self.field == .dayOfWeek, bytes[start].digit != nil, self.take("L", in: bytes) || self.take("l", in: bytes) {
            return ScheduleItem(form: .lastWeekday, first: first, last: first, step: nil)
        }
        guard let step = try self.step(in: bytes) else {
            return ScheduleItem(form: .value, first: first, last: first, step: nil)
        }
        return ScheduleItem(form: .value, first: first, last: max(first, all.upperBound), step: step)
    }

    /// `H`, and in day-of-month `L` and `LW`.
    private mutating func special(in bytes: Span<UInt8>) throws(ScheduleError) -> ScheduleItem? {
        if self.takeWord("H", in: bytes) {
            var bounds = self.field.hashRange
            if self.take("(", in: bytes) {
                let start = self.position
                let first = try self.value(in: bytes)
                guard self.take("-", in: bytes) else { throw self.expected("'-' and a second value", in: bytes) }
                let range = try self.range(from: first, startingAt: start, withStep: false, in: bytes)
                bounds = range.first...range.last
                guard self.take(")", in: bytes) else { throw self.expected("')'", in: bytes) }
            }
            let step = try self.step(in: bytes)
            return ScheduleItem(form: .hashed, first: bounds.lowerBound, last: bounds.upperBound, step: step)
        }
        guard self.field == .dayOfMonth else { return nil }
        if self.takeWord("LW", in: bytes) { return ScheduleItem(form: .lastWorkday, first: 0, last: 0, step: nil) }
        if self.takeWord("L", in: bytes) { return ScheduleItem(form: .lastDay, first: 0, last: 0, step: nil) }
        return nil
    }

    private mutating func range(
        from first: Int,
        startingAt start: Int,
        withStep: Bool = true,
        in bytes: Span<UInt8>
    ) throws(ScheduleError) -> ScheduleItem {
        var last = try self.value(in: bytes)
        // FRI-SUN and 5-0 end in Sunday, whose other number is 7.
        if self.field == .dayOfWeek, last == 0, first > 0 { last = 7 }
        guard first <= last else { throw self.reversedRange(first, last, in: bytes, at: start) }
        let step = withStep ? try self.step(in: bytes) : nil
        return ScheduleItem(form: .range, first: first, last: last, step: step)
    }

    /// A number or a name.
    private mutating func value(in bytes: Span<UInt8>) throws(ScheduleError) -> Int {
        let start = self.position
        if let number = self.number(in: bytes) {
            guard self.field.range.contains(number) else { throw self.outOfRange(number, in: bytes, at: start) }
            return number
        }
        guard start < self.end, bytes[start] != UInt8(ascii: ",") else { throw self.missingValue(in: bytes) }
        while self.position < self.end, bytes[self.position].isLetter { self.position += 1 }
        guard self.position > start else {
            throw self.badCharacter(in: bytes, at: start, allowed: "a value (\(self.field.allowed))")
        }
        guard let value = self.named(in: bytes, at: start) else { throw self.unknownName(in: bytes, at: start) }
        return value
    }

    /// The value whose name are the letters from `start` up to here.
    private func named(in bytes: Span<UInt8>, at start: Int) -> Int? {
        guard self.position - start == 3, self.field == .month || self.field == .dayOfWeek else { return nil }
        let names = self.field.names
        for index in names.indices {
            let name = names[index].utf8Start
            if bytes[start].uppercased == name[0], bytes[start + 1].uppercased == name[1],
                bytes[start + 2].uppercased == name[2]
            {
                return self.field.range.lowerBound + index
            }
        }
        return nil
    }

    /// The n of `#n`.
    private mutating func week(in bytes: Span<UInt8>) throws(ScheduleError) -> Int {
        let start = self.position
        guard let week = self.number(in: bytes) else { throw self.expected("1-5 after '#'", in: bytes) }
        guard (1...5).contains(week) else {
            throw self.error(
                .outOfRange,
                in: bytes,
                at: start,
                allowed: "1-5 after '#'",
                message: "a month has no weekday number \(self.shown(in: bytes, at: start)); write 1 to 5"
            )
        }
        return week
    }

    private mutating func step(in bytes: Span<UInt8>) throws(ScheduleError) -> Int? {
        guard self.take("/", in: bytes) else { return nil }
        let start = self.position
        guard let step = self.number(in: bytes) else {
            throw self.error(
                .badStep,
                in: bytes,
                at: start,
                allowed: "a whole number of at least 1 after '/'",
                message: "the step after '/' is not a whole number"
            )
        }
        guard step > 0 else {
            throw self.error(
                .zeroStep,
                in: bytes,
                at: start,
                allowed: "a step of at least 1",
                suggestion: "1",
                message: "a step of 0 never gets anywhere; write at least 1"
            )
        }
        return step
    }

    /// A run of digits; beyond a million it stays a million, which is outside every range and beyond every step.
    private mutating func number(in bytes: Span<UInt8>) -> Int? {
        let start = self.position
        var value = 0
        while self.position < self.end, let digit = bytes[self.position].digit {
            value = min(value * 10 + digit, 1_000_000)
            self.position += 1
        }
        return self.position > start ? value : nil
    }

    private mutating func take(_ character: Unicode.Scalar, in bytes: Span<UInt8>) -> Bool {
        guard self.position < self.end, bytes[self.position] == UInt8(ascii: character) else { return false }
        self.position += 1
        return true
    }

    /// Takes a word in any case, if that is the whole run of letters here.
    private mutating func takeWord(_ word: StaticString, in bytes: Span<UInt8>) -> Bool {
        let count = word.utf8CodeUnitCount
        guard self.end - self.position >= count else { return false }
        for index in 0..<count where bytes[self.position + index].uppercased != word.utf8Start[index] { return false }
        let next = self.position + count
        if next < self.end, bytes[next].isLetter { return false }
        self.position = next
        return true
    }
}

extension ScheduleReader {
    private func expected(_ allowed: String, in bytes: Span<UInt8>) -> ScheduleError {
        guard self.position < self.end, bytes[self.position] != UInt8(ascii: ",") else {
            return self.missingValue(in: bytes, allowed: allowed)
        }
        return self.badCharacter(in: bytes, at: self.position, allowed: allowed)
    }

    func error(
        _ kind: ScheduleError.Kind,
        in bytes: Span<UInt8>,
        at position: Int,
        allowed: String,
        suggestion: String? = nil,
        message: String
    ) -> ScheduleError {
        ScheduleError(
            kind: kind,
            field: self.field,
            column: position + 1,
            text: self.shown(in: bytes, at: position),
            allowed: allowed,
            suggestion: suggestion,
            message: message
        )
    }

    /// What stands at a position: up to the next comma, or just a character.
    func shown(in bytes: Span<UInt8>, at position: Int) -> String {
        func isWordByte(_ byte: UInt8) -> Bool { byte.isLetter || byte.digit != nil }
        var word: [UInt8] = []
        var index = position
        while index < self.end, word.isEmpty || isWordByte(word[0]) && isWordByte(bytes[index]) {
            word.append(bytes[index])
            index += 1
        }
        return excerpt(String(decoding: word, as: UTF8.self))
    }
}
