/// How far an upload is, in one line.
struct ProgressLine {
    /// What is uploaded.
    let name: String
    /// How many bytes it has, or nil if only its end tells.
    let total: Int?

    private static let eighths: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// Such as `backup.bin  41.0/64.0 MiB  ███████▌    12 MiB/s  ETA 2 s`.
    ///
    /// - Parameters:
    ///   - sent: How many bytes are sent.
    ///   - elapsed: Since when.
    ///   - width: The most columns.
    /// - Returns: The line, without a newline.
    func text(sent: Int, elapsed: Duration, width: Int) -> String {
        let seconds = elapsed / .seconds(1)
        let rate = seconds > 0 ? Double(sent) / seconds : 0
        let speed = "\(Self.size(rate, digits: rate < 10 * 1_024 * 1_024 ? 1 : 0))/s"
        guard let total = self.total else {
            return Table.shorten("\(self.shownName)  \(Self.size(Double(sent)))  \(speed)", to: width)
        }
        let (unit, name) = Self.unit(Double(total))
        let amount = "\(Self.decimal(Double(sent) / unit))/\(Self.decimal(Double(total) / unit)) \(name)"
        let rest = rate > 0 ? "ETA \(Self.duration(Double(max(0, total - sent)) / rate))" : "ETA -"
        let texts = [self.shownName, amount, speed, rest]
        // What the texts leave is for the bar.
        let left = width - texts.map(\.columns).reduce(0, +) - 2 * texts.count
        guard left >= 5 else { return Table.shorten(texts.joined(separator: "  "), to: width) }
        let bar = Self.bar(total > 0 ? Double(sent) / Double(total) : 1, width: min(left, 30))
        return [self.shownName, amount, bar, speed, rest].joined(separator: "  ")
    }

    /// Such as `uploaded backup.bin: 64.0 MiB in 5.2 s`.
    func summary(sent: Int, elapsed: Duration) -> String {
        "uploaded \(self.shownName): \(Self.size(Double(sent))) in \(Self.decimal(elapsed / .seconds(1))) s"
    }

    private var shownName: String { Table.shorten(Table.printable(self.name), to: 30) }

    private static func bar(_ part: Double, width: Int) -> String {
        let eighths = Int(min(1, max(0, part)) * Double(width * 8))
        var bar = String(repeating: "█", count: eighths / 8)
        if eighths % 8 > 0 { bar.append(Self.eighths[eighths % 8]) }
        return bar + String(repeating: " ", count: width - bar.count)
    }

    /// A number of bytes in the largest unit that makes it at least 1.
    static func size(_ bytes: Double, digits: Int = 1) -> String {
        let (unit, name) = Self.unit(bytes)
        return "\(unit == 1 || digits == 0 ? "\(Int(bytes / unit))" : Self.decimal(bytes / unit)) \(name)"
    }

    private static func unit(_ bytes: Double) -> (bytes: Double, name: String) {
        switch bytes {
        case ..<1_024: (1, "B")
        case ..<1_048_576: (1_024, "KiB")
        case ..<1_073_741_824: (1_048_576, "MiB")
        default: (1_073_741_824, "GiB")
        }
    }

    private static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func duration(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 1e9).rounded(.up))
        return whole < 60 ? "\(whole) s" : whole < 3_600 ? "\(whole / 60) min" : "\(whole / 3_600) h"
    }
}
