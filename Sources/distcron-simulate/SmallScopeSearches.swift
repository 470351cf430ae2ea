import DistributedCron
import DistributedCronTesting
import Foundation

/// Goes through every interleaving of the small worlds, as many at once as there are cores, and prints what came of each.
struct SmallScopeSearches {
    let explorations: [SmallScopeExploration]

    /// - Returns: Whether no promise was broken, and as much was explored as there has to be.
    func run() async -> Bool {
        let start = ContinuousClock.now
        let sums = Lock(Sums())
        await withCheckedContinuation { continuation in
            // A search keeps its thread busy until it is over.
            let thread = Thread {
                DispatchQueue.concurrentPerform(iterations: self.explorations.count) { index in
                    self.search(self.explorations[index], sums)
                }
                continuation.resume()
            }
            thread.start()
        }
        let (states, violations) = sums.withLock { ($0.states, $0.violations) }
        let seconds = Int((ContinuousClock.now - start).seconds)
        print("worlds=\(self.explorations.count) states=\(states) violations=\(violations) seconds=\(seconds)")
        return violations == 0
    }

    private struct Sums {
        var states = 0
        var violations = 0
    }

    private func search(_ exploration: SmallScopeExploration, _ sums: borrowing Lock<Sums>) {
        var lines: [String] = []
        var isBroken = true
        var states = 0
        do {
            let result = try exploration.scope.search()
            states = result.states
            if let violation = result.violation {
                lines = ["\(violation.invariant): \(violation.detail)"] + result.trace.map { "  \($0)" }
            } else if states < exploration.states {
                lines = ["there should be \(exploration.states) states or more"]
            } else {
                isBroken = false
            }
            lines.insert("\(exploration): states=\(states) steps=\(result.steps) ends=\(result.done)", at: 0)
        } catch {
            lines = ["\(exploration): \(error)"]
        }
        sums.withLock { sums in
            sums.states += states
            if isBroken { sums.violations += 1 }
            // Within the lock, so that lines that belong together stay together.
            print(lines.joined(separator: "\n"))
            fflush(nil)
        }
    }
}
