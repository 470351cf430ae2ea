import DistributedCron
import DistributedCronTesting
import Testing

/// The cores of the protocol in a world of two workers, one slot and one job, in every order of events.
///
/// `Scripts/simulate --small-scope` goes further, in a program that was optimised.
@Suite("Every interleaving of a small world")
struct SmallScopeTests {
    @Test("No promise is broken, and everything is done in the end", arguments: SmallScopeExploration.quick)
    func promises(_ exploration: SmallScopeExploration) throws {
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
