import ArgumentParser

/// A span of time as people write it: `90`, `90s`, `15m`, `2h`, `1d`, or parts of it in a row such as `1h30m`.
package struct Span: Sendable, Hashable {
    package let seconds: Int

    /// The same for clocks.
    package var duration: Duration { .seconds(self.seconds) }

    private static let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]

    /// Reads a span.
    ///
    /// - Returns: The span, or nil if the text is none, or one of more than a century.
    package init?(_ text: some StringProtocol) {
        var rest = text[...]
        var seconds = 0
        repeat {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits), number <= 3_200_000_000 else { return nil }
            rest = rest.dropFirst(digits.count)
            // A number alone is seconds, but only where it is all there is: 1h30 could mean either.
            guard let unit = rest.isEmpty && digits.count == text.count ? 1 : rest.first.flatMap({ Self.units[$0] })
            else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: unit)
            seconds += product
            guard !overflow, seconds <= 3_200_000_000 else { return nil }
            rest = rest.dropFirst()
        } while !rest.isEmpty
        self.seconds = seconds
    }

    /// What a number of seconds is called: in the largest units that say it without a remainder.
    package static func text(seconds: Int) -> String {
        var rest = seconds
        var parts: [String] = []
        for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")] where rest >= unit {
            parts.append("\(rest / unit) \(name)")
            rest %= unit
        }
        return parts.isEmpty ? "0 s" : parts.joined(separator: " ")
    }
}

extension Span: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
