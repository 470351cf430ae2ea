import DistributedCron
import DistributedCronTesting
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The cores of the protocol in a world of two workers, one slot and one job, in every order of events.
///
/// `DISTCRON_TEST_SMALL_SCOPE=n` permits `n` faults on each path instead of one; two are a matter of minutes.
@Suite("Every interleaving of a small world")
struct SmallScopeTests {
    /// What is explored, and at least how many states that is.
    struct Exploration: Sendable, CustomTestStringConvertible {
        let name: String
        let scope: SmallScope
        let states: Int

        init(
            _ name: String,
            _ recovery: RecoveryPolicy,
            _ concurrency: ConcurrencyPolicy,
            states: Int,
            _ change: (inout SmallScope) -> Void
        ) {
            self.name = name
            self.states = states
            var scope = SmallScope(recovery, concurrency)
            scope.budget.faults = SmallScopeTests.faults
            change(&scope)
            self.scope = scope
        }

        var testDescription: String { self.name }
    }

    static let faults = ProcessInfo.processInfo.environment["DISTCRON_TEST_SMALL_SCOPE"].flatMap(Int.init) ?? 1

    static let explorations = [
        Exploration("three instants and an edit", .rerun, .skip, states: 400) {
            $0.budget.edits = 1
            $0.budget.faults = 0
        },
        Exploration("three instants of runs that overlap", .rerun, .allow, states: 500) { $0.budget.faults = 0 },
        Exploration("a crash", .rerun, .allow, states: 2_000) {
            $0.instants = 2
            $0.budget.crashes = 1
        },
        Exploration("a crash around the start of a run that must not start twice", .atMostOnce, .skip, states: 500) {
            $0.instants = 2
            $0.recordsStarts = true
            $0.budget.crashes = 1
        },
        Exploration("any one fault, without overlap", .rerun, .skip, states: 1_500) {
            $0.instants = 2
            $0.budget.crashes = 1
            $0.budget.lapses = 1
            $0.budget.timeouts = 1
            $0.budget.moves = 1
        },
        Exploration("any one fault, for a run that must not start twice", .atMostOnce, .allow, states: 200) {
            $0.instants = 1
            $0.budget.crashes = 1
            $0.budget.lapses = 1
            $0.budget.timeouts = 1
            $0.budget.moves = 1
        },
        Exploration("an answer that is lost while runs are tried again", .rerun, .skip, states: 200) {
            $0.instants = 1
            $0.retries = 2
            $0.budget.failures = 2
            $0.budget.timeouts = 1
        },
        Exploration("a slot that moves while a run is tried again", .rerun, .allow, states: 1_000) {
            $0.instants = 1
            $0.retries = 1
            $0.budget.failures = 1
            $0.budget.moves = 1
        },
        Exploration("a slot that moves before its owner knows what was written", .atMostOnce, .allow, states: 3_000) {
            $0.instants = 1
            $0.budget.timeouts = 1
            $0.budget.moves = 1
            $0.budget.faults = max(2, faults)
        },
    ]

    @Test("No promise is broken, and everything is done in the end", arguments: explorations)
    func promises(_ exploration: Exploration) throws {
        let result = try exploration.scope.search()
        #expect(result.violation == nil, "\(result.trace.joined(separator: "\n"))")
        #expect(result.states >= exploration.states && result.done > 0)
        let budget = exploration.scope.budget
        let permitted = [
            ("workerCrashes", budget.crashes), ("leaseLapses", budget.lapses), ("claimTimesOut", budget.timeouts),
            ("callLands", budget.timeouts), ("jobIsEdited", budget.edits), ("processFails", budget.failures),
        ]
        for (name, count) in permitted where count > 0 {
            #expect(result.occurrences[name, default: 0] > 0, "\(name) was explored")
        }
    }

    /// The promise that each mistake breaks.
    static let broken: [(flaw: SmallScope.Flaw, invariant: String)] = [
        (.launchesBeforeTheAnswer, "V8"), (.takesSilenceForConsent, "V8"), (.launchesWithoutAMark, "V5"),
        (.looksBeforeItMarks, "V9"), (.buriesTheLiving, "V6"), (.keepsDeathsSecret, "V9"),
    ]

    @Test("The search finds what is done wrong on purpose", arguments: broken)
    func flaws(_ flaw: SmallScope.Flaw, _ invariant: String) throws {
        let needsMark = flaw == .launchesWithoutAMark || flaw == .looksBeforeItMarks
        var scope = SmallScope(needsMark ? .atMostOnce : .rerun) {
            $0.crashes = 1
            $0.timeouts = 1
            $0.faults = 1
        }
        scope.instants = 1
        #expect(try scope.search().violation == nil)
        scope.flaw = flaw
        #expect(try scope.search().violation?.invariant == invariant)
        #expect(Self.broken.count == SmallScope.Flaw.allCases.count)
    }
}
