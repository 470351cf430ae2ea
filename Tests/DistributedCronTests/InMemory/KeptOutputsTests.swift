import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCron

@Suite("The ends of outputs are bounded in all", .timeLimit(.minutes(1)))
struct KeptOutputsTests {
    @Test("Above the limit the oldest go, and nothing else of their attempts")
    func budget() throws {
        let now = Instant.monday().date
        let cluster = Cluster(id: ClusterID(rawValue: "c"), slotCount: 1)
        var ledger = InMemoryLedger(cluster: cluster, historyLimit: 100, totalLimit: 100, now: now)
        ledger.outputs = KeptOutputs(limit: 250)
        let draft = JobDraft(id: .test(1), definition: try .command("* * * * *") { $0.concurrency = .allow })
        _ = try ledger.createJob(draft, idempotency: nil, now: now)
        let token = LeaderToken(incarnation: 1, sequence: 1)
        var slot = try #require(try ledger.assign([SlotID(index: 0): .one], token: token, now: .distantPast).first)
        var runs: [RunID] = []
        for number in 1...4 {
            let trigger = TriggerID(rawValue: UInt64(number))
            var run = try ledger.requestRun(of: .test(1), trigger: trigger, request: RunRequest(), now: now)
            slot = ledger.slots[0].slot
            var claim = SlotClaim(
                slot: slot.id,
                worker: .one,
                epoch: slot.epoch,
                revision: slot.revision,
                from: slot.accountedUntil,
                to: slot.accountedUntil
            )
            (run.state, run.attempt, run.worker, run.epoch) = (.claimed, 1, .one, slot.epoch)
            claim.taken = [run]
            #expect(ledger.claim([claim], now: now) == [.committed])
            runs.append(run.id)
            var output = OutputTail()
            output.append([UInt8](repeating: 7, count: 100), from: .stdout)
            let report = AttemptReport(outcome: .exited(0), startedAt: now, finishedAt: now, output: output)
            let attempt = Attempt(run: run.id, number: 1, worker: .one, epoch: slot.epoch, report: report)
            ledger.record(starts: [:], ends: [attempt])
        }
        let outputs = runs.compactMap { ledger.run($0)?.attempts.first?.report.output }
        #expect(outputs.map(\.count) == [0, 0, 100, 100])
        #expect(outputs.map(\.droppedBytes) == [100, 100, 0, 0])
    }
}
