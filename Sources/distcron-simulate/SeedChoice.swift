import ArgumentParser

/// Which seeds are simulated, or that all of a small world is.
struct SeedChoice: ParsableArguments {
    @Option(
        help: ArgumentHelp("From which seed to which, both included.", valueName: "A..B"),
        transform: { try SeedChoice.range($0) }
    )
    var seeds: ClosedRange<UInt64>?

    @Option(
        help: ArgumentHelp("One seed; its trace-hash is printed as well.", valueName: "N"),
        transform: { try SeedChoice.number($0) }
    )
    var seed: UInt64?

    @Flag(help: "No seed: every interleaving of small worlds.")
    var smallScope = false

    /// The seeds, of which there is at least one.
    var range: ClosedRange<UInt64> { self.seeds ?? (self.seed ?? 0)...(self.seed ?? 0) }

    func validate() throws {
        let choices = [self.seed != nil, self.seeds != nil, self.smallScope]
        guard choices.count(where: { $0 }) == 1 else {
            throw ValidationError(
                "Say what: either --seeds A..B, such as --seeds 1..100, or --seed N, or --small-scope."
            )
        }
    }

    private static func number(_ text: String) throws -> UInt64 {
        let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
        let digits = isHexadecimal ? text.dropFirst(2) : text[...]
        // The initializer would also take a sign.
        guard !digits.hasPrefix("+"), let number = UInt64(digits, radix: isHexadecimal ? 16 : 10) else {
            throw ValidationError("A seed is a number of 64 bits, such as 42 or 0x2A.")
        }
        return number
    }

    private static func range(_ text: String) throws -> ClosedRange<UInt64> {
        let ends = text.split(separator: "..", omittingEmptySubsequences: false)
        guard ends.count == 2 else { throw ValidationError("Seeds are a range with two dots, such as 1..100.") }
        let (first, last) = (try self.number(String(ends[0])), try self.number(String(ends[1])))
        guard first <= last else { throw ValidationError("The first seed must not be greater than the last.") }
        return first...last
    }
}
