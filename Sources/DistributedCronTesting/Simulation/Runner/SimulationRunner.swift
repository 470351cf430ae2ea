import DistributedCron
// All of it, for its threads.
import Foundation

/// Runs simulations of many seeds, as many at once as there are cores, and hands out what came of them in their order.
///
/// Each runs on a thread of its own and keeps it busy, so none of them is one of the cooperative pool.
package struct SimulationRunner: Sendable {
    /// Unoptimised code needs more than the half megabyte that a thread has on some systems.
    private static let stackSize = 8 << 20

    private struct State {
        /// The next seed to be taken by a thread; nil if none is left.
        var next: UInt64?
        /// The next seed to be handed out.
        var awaited: UInt64
        /// What was over before its turn: no more than the others are faster than the slowest.
        var waiting: [UInt64: Simulation.Outcome] = [:]
        var threads: Int
    }
    private let seeds: ClosedRange<UInt64>
    private let threadCount: Int
    private let simulation: @Sendable (UInt64) -> Simulation

    /// - Parameters:
    ///   - seeds: What to simulate.
    ///   - threadCount: How many at once; as many as there are cores if nothing is said.
    ///   - simulation: What a seed stands for.
    package init(
        _ seeds: ClosedRange<UInt64>,
        threadCount: Int = ProcessInfo.processInfo.activeProcessorCount,
        simulation: @escaping @Sendable (UInt64) -> Simulation
    ) {
        self.seeds = seeds
        let more = seeds.upperBound - seeds.lowerBound
        self.threadCount = max(1, more < UInt64(threadCount) ? Int(more) + 1 : threadCount)
        self.simulation = simulation
    }

    /// Runs them all.
    ///
    /// - Parameter report: Takes each outcome, in the order of the seeds and one at a time, on any thread.
    package func run(_ report: @escaping @Sendable (Simulation.Outcome) -> Void) async {
        let state = Lock(State(next: self.seeds.lowerBound, awaited: self.seeds.lowerBound, threads: self.threadCount))
        let shared = Shared(state: state)
        await withCheckedContinuation { continuation in
            for _ in 0..<self.threadCount {
                let thread = Thread {
                    while let seed = shared.take(of: self.seeds) {
                        shared.hand(self.simulation(seed).run(), of: seed, to: report)
                    }
                    if shared.leave() { continuation.resume() }
                }
                thread.stackSize = Self.stackSize
                thread.start()
            }
        }
    }

    /// What the threads of a run share.
    private final class Shared: Sendable {
        private let state: Lock<State>

        init(state: consuming Lock<State>) { self.state = state }

        /// The next seed; nil if all are taken.
        func take(of seeds: ClosedRange<UInt64>) -> UInt64? {
            self.state.withLock { state in
                let seed = state.next
                state.next = seed.flatMap { $0 < seeds.upperBound ? $0 + 1 : nil }
                return seed
            }
        }

        /// Hands out an outcome and those that have waited for it, or keeps it until its turn.
        func hand(_ outcome: Simulation.Outcome, of seed: UInt64, to report: @Sendable (Simulation.Outcome) -> Void) {
            self.state.withLock { state in
                state.waiting[seed] = outcome
                // Within the lock, so that they stay in order.
                while let outcome = state.waiting.removeValue(forKey: state.awaited) {
                    report(outcome)
                    state.awaited &+= 1
                }
            }
        }

        /// Whether the thread that leaves is the last one.
        func leave() -> Bool {
            self.state.withLock { state in
                state.threads -= 1
                return state.threads == 0
            }
        }
    }
}
