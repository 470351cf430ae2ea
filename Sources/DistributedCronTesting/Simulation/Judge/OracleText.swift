/// The small pieces of schedule text, read into integers; every reader answers nil for what it does not understand.
enum OracleText {
    /// The words between spaces and tabs.
    static func words(_ text: String) -> [String] {
        text.split { $0 == " " || $0 == "\t" }.map(String.init)
    }

    /// The parts between commas.
    static func items(_ field: String) -> [String] {
        field.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    /// Reads the numbers of a field.
    ///
    /// - Parameters:
    ///   - field: In lower case.
    ///   - range: What its numbers may be. 0 to 7 is the day of the week, where a range may end in Sunday as 0 and
    ///     where `5/2` ends on Saturday, the 6.
    ///   - names: The names of the numbers, beginning at the range's lower bound.
    /// - Returns: The numbers, ascending, each once.
    static func numbers(_ field: String, in range: ClosedRange<Int>, names: [String] = []) -> [Int]? {
        var found: Set<Int> = []
        for item in self.items(field) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let step = parts.count == 2 ? self.value(parts[1], in: 1...(.max)) : 1,
                let (first, last) = self.ends(parts[0], in: range, names: names, hasStep: parts.count == 2),
                first <= last
            else { return nil }
            found.formUnion((first...last).filter { ($0 - first) % step == 0 })
        }
        return found.sorted()
    }

    private static func ends(
        _ text: Substring,
        in range: ClosedRange<Int>,
        names: [String],
        hasStep: Bool
    ) -> (Int, Int)? {
        if text == "*" { return (range.lowerBound, range.upperBound) }
        let isWeekday = range == 0...7
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = self.value(parts[0], in: range, names: names) else { return nil }
        guard parts.count == 2 else {
            return (first, !hasStep ? first : isWeekday ? 6 : range.upperBound)
        }
        guard let last = self.value(parts[1], in: range, names: names) else { return nil }
        return (first, isWeekday && last == 0 && first > 0 ? 7 : last)
    }

    /// A number written in digits, or one of the names that belong to the range's numbers from the lowest on.
    static func value(_ text: Substring, in range: ClosedRange<Int>, names: [String] = []) -> Int? {
        if let index = names.firstIndex(of: String(text)) { return range.lowerBound + index }
        // Int would also read a sign.
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text), range.contains(number)
        else { return nil }
        return number
    }

    /// The seconds of a duration such as `90s`, `5m` and `1h30m`; at least 1.
    static func seconds(inDuration text: String) -> Int64? {
        var rest = text[...]
        var total: Int64 = 0
        for (unit, size) in [("h", Int64(3_600)), ("m", 60), ("s", 1)] {
            let digits = rest.prefix { $0 != "h" && $0 != "m" && $0 != "s" }
            guard rest.dropFirst(digits.count).hasPrefix(unit) else { continue }
            // So bounded, no sum overflows.
            guard let count = self.value(digits, in: 0...1_000_000_000) else { return nil }
            total += Int64(count) * size
            rest = rest.dropFirst(digits.count + 1)
        }
        return rest.isEmpty && total > 0 ? total : nil
    }

    /// The seconds since 1970-01-01T00:00:00Z of a time such as `2026-11-22T23:00:00+01:00`.
    ///
    /// Of RFC 3339 it understands whole seconds, upper case and years from 1970.
    static func instant(_ text: String) -> Int64? {
        let isUTC = text.hasSuffix("Z")
        let full = isUTC ? text.dropLast() + "+00:00" : text
        let shape = full.map { $0.isASCII && $0.isNumber ? "0" : $0 }
        let isEast = shape == Array("0000-00-00T00:00:00+00:00")
        guard isEast || shape == Array("0000-00-00T00:00:00-00:00") else { return nil }
        let numbers = full.split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 8, numbers[0] >= 1970, (1...12).contains(numbers[1]) else { return nil }
        let day = OracleDay(year: numbers[0], month: numbers[1], day: numbers[2])
        guard (1...day.monthLength).contains(day.day), numbers[3] < 24, numbers[4] < 60, numbers[5] < 60,
            numbers[6] < 24, numbers[7] < 60
        else { return nil }
        let wall = day.number * 86_400 + numbers[3] * 3_600 + numbers[4] * 60 + numbers[5]
        let offset = numbers[6] * 3_600 + numbers[7] * 60
        return Int64(isEast ? wall - offset : wall + offset)
    }
}
