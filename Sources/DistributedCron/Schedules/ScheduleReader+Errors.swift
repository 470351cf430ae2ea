/// The errors of a field that can say what was probably meant.
extension ScheduleReader {
    func missingValue(in bytes: Span<UInt8>, allowed: String? = nil) -> ScheduleError {
        let allowed = allowed ?? "a value (\(self.field.allowed))"
        return ScheduleError(
            kind: .missingValue,
            field: self.field,
            column: self.position + 1,
            text: "",
            allowed: allowed,
            suggestion: nil,
            message: "something is missing here; expected \(allowed)"
        )
    }

    func outOfRange(_ number: Int, in bytes: Span<UInt8>, at position: Int) -> ScheduleError {
        let shown = self.shown(in: bytes, at: position)
        let range = self.field.range
        var suggestion: String?
        if number < range.lowerBound {
            suggestion = String(range.lowerBound)
        } else if range.lowerBound == 0, self.field != .dayOfWeek, number <= 2 * range.upperBound {
            // Minute 60 is minute 0 of the next hour.
            suggestion = String(number % (range.upperBound + 1))
        } else if self.field == .dayOfMonth, number == 32 {
            suggestion = "L"
        }
        let help = range.upperBound > 40 && number == range.upperBound + 1 ? "; the one after 59 is 0" : ""
        return self.error(
            .outOfRange,
            in: bytes,
            at: position,
            allowed: "\(range.lowerBound)-\(range.upperBound)",
            suggestion: suggestion,
            message: "\(self.field.rawValue) \(shown) is outside \(self.field.allowed)\(help)"
        )
    }

    func reversedRange(_ first: Int, _ last: Int, in bytes: Span<UInt8>, at position: Int) -> ScheduleError {
        func part(_ first: Int, _ last: Int) -> String { first == last ? "\(first)" : "\(first)-\(last)" }
        let least = self.field.range.lowerBound
        // From Sunday as 7 there is nothing left to go round.
        let head = first > self.field.lastOfAll ? "" : part(first, self.field.lastOfAll) + ","
        let suggestion = head + part(least, last)
        return ScheduleError(
            kind: .reversedRange,
            field: self.field,
            column: position + 1,
            text: self.text(in: bytes, from: position, to: self.position),
            allowed: "a range that goes up",
            suggestion: suggestion,
            message: "the range goes down; to go round the end write \(suggestion)"
        )
    }

    func unknownName(in bytes: Span<UInt8>, at position: Int) -> ScheduleError {
        let shown = self.shown(in: bytes, at: position)
        let (suggestion, help) = self.meaning(of: shown.uppercased())
        let advice = help ?? suggestion.map { "write \($0)" } ?? "expected \(self.field.allowed)"
        return self.error(
            .unknownName,
            in: bytes,
            at: position,
            allowed: "a value (\(self.field.allowed))",
            suggestion: suggestion,
            message: "'\(shown)' is not a \(self.field.rawValue); \(advice)"
        )
    }

    func badCharacter(in bytes: Span<UInt8>, at position: Int, allowed: String) -> ScheduleError {
        let character = bytes[position]
        var suggestion: String?
        var help: String?
        switch character {
        case UInt8(ascii: "?"):
            suggestion = "*"
            help = "write * instead of ?"
        case UInt8(ascii: "~"):
            suggestion = "H"
            help = "a random time differs from node to node; write H, which is chosen by the job's name"
        case UInt8(ascii: "W"), UInt8(ascii: "w"):
            help = "the workday nearest to a day cannot be written; LW is the last workday of the month"
        case UInt8(ascii: "-") where self.field == .dayOfMonth && position > 0 && bytes[position - 1] | 0x20 == 0x6C:
            help = "days before the last one cannot be written; L is the last day"
        case UInt8(ascii: "@"): help = "a macro such as @daily stands alone"
        case UInt8(ascii: "="): help = "variables do not belong here; give the time zone in the job"
        default: break
        }
        let shown = excerpt(String(UnicodeScalar(character)))
        return self.error(
            .badCharacter,
            in: bytes,
            at: position,
            allowed: allowed,
            suggestion: suggestion,
            message: "'\(shown)' cannot stand here; \(help ?? "expected \(allowed)")"
        )
    }

    /// What a word that is no name probably means: the right spelling, and advice that is more than "write it so".
    private func meaning(of word: String) -> (suggestion: String?, help: String?) {
        let names = self.field.names.map { "\($0)" }
        if let name = names.first(where: { word.hasPrefix($0) && !word.hasSuffix("L") }) { return (name, nil) }
        switch word {
        case "CRON", "TZ": return (nil, "give the time zone in the job, not in the schedule")
        case "HOURLY", "DAILY", "MIDNIGHT", "WEEKLY", "MONTHLY", "YEARLY", "ANNUALLY", "EVERY", "AT", "REBOOT":
            return (nil, "the macro is written @\(word.lowercased())")
        case "WEEKDAY", "WEEKDAYS", "WORKDAY", "WORKDAYS":
            return self.field == .dayOfWeek ? ("MON-FRI", nil) : (nil, nil)
        case "WEEKEND", "WEEKENDS": return self.field == .dayOfWeek ? ("SAT-SUN", nil) : (nil, nil)
        case "W", "L": return (nil, "\(word) needs a day before it, or belongs to day-of-month as L or LW")
        default: break
        }
        if self.field == .dayOfWeek, word.hasSuffix("L"), let day = names.firstIndex(of: String(word.dropLast())) {
            return ("\(day)L", nil)
        }
        for other in [ScheduleField.month, .dayOfWeek] where other != self.field {
            if other.names.contains(where: { word.hasPrefix("\($0)") }) {
                return (nil, "that is a \(other.rawValue); expected \(self.field.allowed)")
            }
        }
        return (nil, nil)
    }

    private func text(in bytes: Span<UInt8>, from start: Int, to end: Int) -> String {
        excerpt(String(decoding: (start..<end).map { bytes[$0] }, as: UTF8.self))
    }
}
