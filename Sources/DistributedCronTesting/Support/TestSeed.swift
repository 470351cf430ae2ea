#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The seed of a randomised test: fresh for each run, or the one in `DISTCRON_TEST_SEED` to repeat a failure.
package func testSeed(_ name: String = #function) -> UInt64 {
    let seed =
        ProcessInfo.processInfo.environment["DISTCRON_TEST_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0...(.max))
    print("\(name): DISTCRON_TEST_SEED=\(seed)")
    return seed
}
