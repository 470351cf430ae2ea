import Foundation

/// A generator whose numbers follow from its seed: SplitMix64 (Steele, Lea, Flood 2014).
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var bits = self.state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}

/// The seed of a randomised test: fresh for each run, or the one in `DISTCRON_TEST_SEED` to repeat a failure.
func testSeed(_ name: String = #function) -> UInt64 {
    let seed =
        ProcessInfo.processInfo.environment["DISTCRON_TEST_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0...(.max))
    print("\(name): DISTCRON_TEST_SEED=\(seed)")
    return seed
}
