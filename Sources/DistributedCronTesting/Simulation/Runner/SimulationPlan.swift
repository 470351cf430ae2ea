#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What a seed has drawn for its simulation: the cluster's size, the date, and which faults it meets how often.
package struct SimulationPlan: Sendable {
    /// What is asked of a cluster.
    package enum Mode: String, Sendable, CaseIterable {
        /// Faults at any time; what must never happen is judged.
        case safety
        /// Faults, then none; everything has to come right within the bound.
        case liveness
    }

    package var seed: UInt64
    package var hours: Double
    package var mode: Mode
    package var servers = 2
    package var managers = 2
    package var workers = 3
    package var jobs = 20
    package var capacity = 8
    package var slotCount = 16
    /// The true time at the beginning.
    package var origin: Date
    /// The faults that may strike, in order.
    package var faults: [FaultKind]
    /// How much time lies between one fault and the next, on average.
    package var calm: Duration
    /// The probability with which a fault strikes at each occasion while it lasts.
    package var intensity: Double

    /// Moments near which the clocks of some zone change, and one with nothing.
    private static let origins: [TimeInterval] = [
        1_774_745_100,  // 2026-03-29T00:45:00Z: Europe goes forward at 01:00Z
        1_792_888_200,  // 2026-10-25T00:30:00Z: Europe goes back at 01:00Z
        1_772_952_300,  // 2026-03-08T06:45:00Z: New York goes forward at 07:00Z
        1_793_510_100,  // 2026-11-01T05:15:00Z: New York goes back at 06:00Z
        1_783_900_740,  // 2026-07-12T23:59:00Z
        1_772_323_170,  // 2026-02-28T23:59:30Z
    ]

    /// Draws a plan: each seed has a mix and an intensity of faults of its own.
    ///
    /// - Parameters:
    ///   - seed: Determines everything.
    ///   - hours: How long the cluster runs.
    ///   - mode: What is judged.
    ///   - only: The faults that may strike; nil for what the seed draws.
    package init(seed: UInt64, hours: Double, mode: Mode, only: [FaultKind]? = nil) {
        // Not the engine's own numbers, so that a plan is the same whatever it is used for.
        var generator = SeededGenerator(seed: SeededGenerator.mix(seed ^ 0x5157_41AB_1E5E_ED00))
        self.seed = seed
        self.hours = hours
        self.mode = mode
        self.servers = Int.random(in: 1...3, using: &generator)
        self.managers = Int.random(in: 1...3, using: &generator)
        // Small ones more often: most of what can go wrong needs few, and an hour of few costs less, so there are more.
        func small(_ range: ClosedRange<Int>) -> Int {
            min(Int.random(in: range, using: &generator), Int.random(in: range, using: &generator))
        }
        self.workers = small(1...5)
        self.jobs = small(5...60)
        self.capacity = Int.random(in: 2...16, using: &generator)
        let origin = Self.origins[Int.random(in: 0..<Self.origins.count, using: &generator)]
        self.origin = Date(timeIntervalSince1970: origin)
        let share = Double.random(in: 0.15...1, using: &generator)
        let drawn = FaultKind.allCases.filter { _ in Double.random(in: 0..<1, using: &generator) < share }
        self.faults = only ?? drawn
        self.calm = .seconds(Int.random(in: 20...240, using: &generator))
        self.intensity = [0.02, 0.1, 0.3, 0.8][Int.random(in: 0..<4, using: &generator)]
    }
}
