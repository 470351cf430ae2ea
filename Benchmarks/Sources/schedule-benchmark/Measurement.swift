import CAllocationCount

/// What one operation costs.
struct Measurement {
    var nanoseconds: Double
    var allocations: Double

    /// Measures `operations` calls of `body` together, several times, and keeps the fastest: interruptions by others
    /// only ever add.
    private static func of(_ operations: Int, repetitions: Int, _ body: () throws -> Void) rethrows -> Self {
        try body()
        let clock = ContinuousClock()
        var fastest = Duration.seconds(3_600)
        let before = distcron_allocation_count()
        for _ in 0..<repetitions {
            let start = clock.now
            try body()
            fastest = min(fastest, clock.now - start)
        }
        let allocations = distcron_allocation_count() - before
        return Self(
            nanoseconds: fastest / .nanoseconds(operations),
            allocations: Double(allocations) / Double(operations * repetitions)
        )
    }

    /// Measures and prints one line of the table, if the command line asks for it: it names lines by their beginnings,
    /// and naming none means all.
    @discardableResult
    static func line(
        _ label: String,
        operations: Int,
        repetitions: Int = 15,
        _ body: () throws -> Void
    ) rethrows -> Self? {
        let wanted = CommandLine.arguments.dropFirst()
        guard wanted.isEmpty || wanted.contains(where: label.hasPrefix) else { return nil }
        let measurement = try Self.of(operations, repetitions: repetitions, body)
        measurement.report(label)
        return measurement
    }

    /// Prints one line of the table.
    private func report(_ label: String) {
        let columns = [
            Self.column(self.nanoseconds, digits: 1, width: 12), Self.column(self.allocations, digits: 2, width: 10),
        ]
        print(label + String(repeating: " ", count: max(1, 52 - label.count)) + columns.joined())
    }

    private static func column(_ value: Double, digits: Int, width: Int) -> String {
        let scale = digits == 1 ? 10 : 100
        let rounded = Int((value * Double(scale)).rounded())
        let fraction = String(rounded % scale)
        let text = "\(rounded / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

/// Keeps a value from being optimised away.
@inline(never)
func consume<Value>(_ value: Value) {}
