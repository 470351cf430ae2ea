import DistributedCron
import Foundation
import Testing

@Suite("Runs, attempts and leases")
struct LifecycleTests {
    @Test("No state follows a terminal one, and no run goes back", arguments: RunState.allCases)
    func transitions(from state: RunState) {
        let order: [RunState] = [.pending, .claimed, .starting, .running]
        for next in RunState.allCases where state.mayBecome(next) {
            #expect(!state.isTerminal)
            guard let place = order.firstIndex(of: state), let nextPlace = order.firstIndex(of: next) else { continue }
            #expect(nextPlace > place)
        }
    }

    @Test("A run is skipped only before it is claimed, and missed only if it has not begun")
    func refusalsComeFirst() {
        for state in [RunState.claimed, .starting, .running] { #expect(!state.mayBecome(.skipped)) }
        // Whoever was about to launch it knows that it has not.
        #expect(RunState.starting.mayBecome(.missed) && !RunState.running.mayBecome(.missed))
    }

    @Test("The end of a superseded attempt leaves the run as it is (V4)")
    func supersededAttempt() {
        let id = RunID(job: .test(1), scheduledAt: .monday())
        let epoch = Epoch(rawValue: 1)
        var run = Run(id: id, version: 1, state: .running, attempt: 2, epoch: epoch)
        let report = AttemptReport(outcome: .exited(0), startedAt: nil, finishedAt: Date(), output: OutputTail())
        let late = run.record(Attempt(run: id, number: 1, worker: .one, epoch: epoch, report: report))
        #expect(!late && run.state == .running)
        let fenced = run.record(Attempt(run: id, number: 2, worker: .one, epoch: Epoch(rawValue: 0), report: report))
        #expect(!fenced && run.state == .running)
        let current = run.record(Attempt(run: id, number: 2, worker: .one, epoch: epoch, report: report))
        #expect(current && run.state == .succeeded)
    }

    @Test("What a lapse ended is run again without having failed, unless somebody had asked for its end")
    func lapse() {
        let id = RunID(job: .test(1), scheduledAt: .monday())
        let epoch = Epoch(rawValue: 1)
        let running = Run(id: id, version: 1, state: .running, attempt: 1, epoch: epoch, failures: 1)
        var policies = JobPolicies()
        #expect(running.retry(afterLapseAt: .monday(0, 1), under: policies) == .monday(0, 1))
        policies.deadline = .seconds(59)
        #expect(running.retry(afterLapseAt: .monday(0, 1), under: policies) == nil)
        policies.deadline = nil
        policies.recovery = .atMostOnce
        #expect(running.retry(afterLapseAt: .monday(0, 1), under: policies) == nil)

        let report = AttemptReport(outcome: .cancelled, startedAt: nil, finishedAt: Date())
        func ended(_ run: Run, retryAt: Instant?) -> Run {
            var run = run
            let attempt = Attempt(
                run: id,
                number: 1,
                worker: .one,
                epoch: epoch,
                report: report,
                cancellation: .lapsed,
                retryAt: retryAt
            )
            let isRecorded = run.record(attempt)
            #expect(isRecorded)
            return run
        }
        let again = ended(running, retryAt: .monday(0, 1))
        #expect((again.state, again.reason, again.failures) == (.pending, .lapsed, 1))
        #expect(again.notBefore == .monday(0, 1))
        #expect(again.detail == "ended because its worker lost touch with the cluster")
        let over = ended(running, retryAt: nil)
        #expect((over.state, over.reason, over.failures) == (.cancelled, .lapsed, 1))
        var asked = running
        asked.cancellation = .requested
        let cancelled = ended(asked, retryAt: .monday(0, 1))
        #expect((cancelled.state, cancelled.reason, cancelled.notBefore) == (.cancelled, .requested, nil))
    }

    @Test("A run that must not start twice is launched again only if it cannot have started (V5)")
    func adoption() {
        #expect(Adoption.decide(.claimed, under: .atMostOnce) == .launch)
        #expect(Adoption.decide(.starting, under: .atMostOnce) == .giveUp)
        #expect(Adoption.decide(.running, under: .atMostOnce) == .giveUp)
        for state in [RunState.claimed, .starting, .running] {
            #expect(Adoption.decide(state, under: .rerun) == .rerun)
        }
        for state in RunState.allCases where state.isTerminal || state == .pending {
            #expect(Adoption.decide(state, under: .rerun) == nil)
        }
    }

    @Test("A fence grows with every attempt and every epoch")
    func fences() {
        let epoch = Epoch(rawValue: 3)
        #expect(epoch.fence(attempt: 1) == 3 * 65_536 + 1)
        #expect(epoch.fence(attempt: 2) > epoch.fence(attempt: 1))
        #expect(epoch.next.fence(attempt: 1) > epoch.fence(attempt: 70_000))
        #expect(Epoch(fence: epoch.fence(attempt: 70_000)) == epoch)
    }

    @Test("A lease counts from the sending of a heartbeat, and a late acknowledgement never shortens it")
    func lease() {
        var lease = Lease(length: .seconds(26))
        #expect(!lease.isValid(at: .zero))
        lease.acknowledge(sentAt: .seconds(10))
        #expect(lease.isValid(at: .seconds(35)))
        #expect(!lease.isValid(at: .seconds(36)))
        lease.acknowledge(sentAt: .seconds(2))
        #expect(lease.isValid(at: .seconds(35)))
        lease.revoke()
        #expect(!lease.isValid(at: .seconds(11)))
    }

    @Test("A job's status follows from what happened, in whatever order")
    func progress() {
        var progress = JobProgress()
        #expect(progress.status == .scheduled)
        progress.openRuns = 2
        progress.runEnded(.failed)
        #expect(progress.status == .error)
        progress.runEnded(.succeeded)
        #expect(progress.status == .scheduled)
        progress.isExhausted = true
        #expect(progress.status == .finished)
        progress.openRuns = 1
        #expect(progress.status == .scheduled)
        progress.runEnded(.timedOut)
        #expect(progress.status == .error)
        progress.isRemoved = true
        #expect(progress.status == .finished)
    }

    @Test("Runs that were refused or cancelled say nothing about their job")
    func refusals() {
        for state in [RunState.skipped, .missed, .cancelled] {
            var progress = JobProgress()
            progress.isFailing = true
            progress.openRuns = 1
            progress.runEnded(state)
            #expect(progress.status == .error)
        }
    }
}
