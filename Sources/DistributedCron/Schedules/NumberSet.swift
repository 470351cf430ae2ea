/// The numbers of a mask, with what a sentence about them needs to know.
struct NumberSet {
    let numbers: [Int]
    private let range: ClosedRange<Int>

    init(_ mask: UInt64, range: ClosedRange<Int>) {
        self.numbers = range.filter { mask.holds($0) }
        self.range = range
    }

    /// Whether no number of the range is missing.
    var isFull: Bool { self.numbers.count == self.range.count }

    /// Whether the numbers follow each other without a gap.
    var isRun: Bool { self.numbers.count == 1 || self.step == 1 }

    /// The distance between the numbers, if it is the same for all; nil for fewer than two.
    var step: Int? {
        guard self.numbers.count > 1 else { return nil }
        let step = self.numbers[1] - self.numbers[0]
        return zip(self.numbers, self.numbers.dropFirst()).allSatisfy { $1 - $0 == step } ? step : nil
    }

    /// The step of `*/step`: from the first number of the range to the last that the step hits.
    var stepFromStart: Int? {
        guard let step, step > 1, let last = self.numbers.last else { return nil }
        return self.numbers[0] == self.range.lowerBound && last + step > self.range.upperBound ? step : nil
    }

    /// The numbers with their unit, such as `minutes 0 and 30`.
    func list(_ unit: String) -> String {
        guard self.numbers.count > 1 else { return "\(unit) \(joined(self.numbers.map(String.init)))" }
        if self.isRun, self.numbers.count > 2 {
            return "\(unit)s \(self.numbers[0]) to \(self.numbers[self.numbers.count - 1])"
        }
        return "\(unit)s \(joined(self.numbers.map(String.init)))"
    }
}

/// Words as a list, such as `a, b and c`.
func joined(_ words: [String], with conjunction: String = "and") -> String {
    guard words.count > 1 else { return words.first ?? "" }
    return "\(words.dropLast().joined(separator: ", ")) \(conjunction) \(words[words.count - 1])"
}

/// The number as in a date, such as `1st`.
func ordinal(_ number: Int) -> String {
    let suffix =
        switch (number % 100, number % 10) {
        case (11...13, _): "th"
        case (_, 1): "st"
        case (_, 2): "nd"
        case (_, 3): "rd"
        default: "th"
        }
    return "\(number)\(suffix)"
}
