import DistributedCron
import DistributedCronTesting
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the judge holds outcomes and their reasons against: each wrong one is found, and its right neighbour is not.
@Suite("The judge's rules for outcomes and their reasons")
struct ReasonRulesTests {
    /// Rules for a job that is due each minute from Monday 00:00 on.
    private static func rules(
        _ policies: JobPolicies = JobPolicies(),
        pause: Pause? = nil,
        until end: Instant? = nil
    ) throws -> ReasonRules {
        let definition = JobDefinition(
            schedule: try Schedule("* * * * *"),
            executable: .command("true"),
            policies: policies
        )
        let version = JobVersion(
            number: 1,
            effectiveFrom: .monday(),
            effectiveTo: end,
            definition: definition,
            pause: pause
        )
        return ReasonRules([version])
    }

    private static func run(
        _ minute: Int64,
        _ state: RunState,
        _ reason: RunReason? = nil,
        attempt: Int = 1,
        failures: Int = 0
    ) -> Run {
        let id = RunID(job: .test(1), scheduledAt: .monday(0, minute))
        return Run(id: id, version: 1, state: state, reason: reason, attempt: attempt, failures: failures)
    }

    private static func gap(_ first: Int64, _ last: Int64, _ reason: RunReason = .misfire) -> Gap {
        Gap(
            job: .test(1),
            first: .monday(0, first),
            last: .monday(0, last),
            count: Int(last - first + 1),
            reason: reason,
            version: 1
        )
    }

    private static func scene(_ minute: Int64, added: [Run] = [], open: [Run] = []) -> ReasonRules.Scene {
        ReasonRules.Scene(now: Instant.monday(0, minute).date, added: added, open: open)
    }

    // MARK: Misfires

    @Test("What is on time is no misfire, and what is more than a minute late is")
    func lateness() throws {
        let rules = try Self.rules(JobPolicies(misfire: .skip))
        let gap = Self.gap(1, 5)
        #expect(rules.problem(of: gap, claimedThrough: .monday(0, 5, 50), at: Instant.monday(0, 5, 50).date) != nil)
        #expect(rules.problem(of: gap, claimedThrough: .monday(0, 6, 1), at: Instant.monday(0, 6, 1).date) == nil)
        let paused = Self.gap(1, 5, .paused)
        #expect(rules.problem(of: paused, claimedThrough: .monday(0, 9), at: Instant.monday(0, 9).date) != nil)
    }

    @Test("The newest late instant runs if it is to stand for the others, and no other has to")
    func latest() throws {
        let end = Instant.monday(0, 6, 1)
        let rules = try Self.rules(JobPolicies(misfire: .latest), until: .monday(0, 6))
        #expect(rules.problem(of: Self.gap(1, 5), claimedThrough: end, at: end.date) != nil)
        #expect(rules.problem(of: Self.gap(1, 4), claimedThrough: end, at: end.date) == nil)
        // One that is not late is newer.
        let open = try Self.rules(JobPolicies(misfire: .latest))
        #expect(open.problem(of: Self.gap(1, 5), claimedThrough: end, at: end.date) == nil)
        // All of them are older than what may run.
        let brief = try Self.rules(
            JobPolicies(misfire: MisfirePolicy(.latest, windowSeconds: 60)),
            until: .monday(0, 6)
        )
        #expect(brief.problem(of: Self.gap(1, 5), claimedThrough: end, at: end.date) == nil)
    }

    @Test("Where all late instants run, only those above the limit and outside of the window do not")
    func all() throws {
        let end = Instant.monday(0, 8, 1)
        let rules = try Self.rules(JobPolicies(misfire: MisfirePolicy(.all, limit: 3)))
        // Three that are late are newer than 00:04, and only two than 00:05.
        #expect(rules.problem(of: Self.gap(1, 4), claimedThrough: end, at: end.date) == nil)
        #expect(rules.problem(of: Self.gap(1, 5), claimedThrough: end, at: end.date) != nil)
        let brief = try Self.rules(JobPolicies(misfire: MisfirePolicy(.all, limit: 3, windowSeconds: 120)))
        #expect(brief.problem(of: Self.gap(1, 5), claimedThrough: end, at: end.date) == nil)
    }

    @Test("Where no late instant runs, none is claimed to run")
    func skippedWhenLate() throws {
        let run = Self.run(1, .claimed)
        let rules = try Self.rules(JobPolicies(misfire: .skip))
        #expect(rules.problem(ofAdded: run, claimedThrough: .monday(0, 2, 1)) != nil)
        #expect(rules.problem(ofAdded: run, claimedThrough: .monday(0, 2)) == nil)
        #expect(try Self.rules().problem(ofAdded: run, claimedThrough: .monday(0, 9)) == nil)
    }

    // MARK: Refusals

    @Test("Only a policy that skips does so, and only because of another run", arguments: ConcurrencyPolicy.allCases)
    func overlap(_ concurrency: ConcurrencyPolicy) throws {
        let rules = try Self.rules(JobPolicies(concurrency: concurrency))
        let run = Self.run(9, .skipped, .overlap)
        let other = Self.run(8, .running)
        let isRight = concurrency == .skip
        #expect((rules.problem(ofRefused: run, in: Self.scene(9, open: [other])) == nil) == isRight)
        let claimed = Self.scene(9, added: [Self.run(8, .claimed), run])
        #expect((rules.problem(ofRefused: run, in: claimed) == nil) == isRight)
        // A newer version may have had a third take the place of that other, after this one's turn.
        let third = Self.run(10, .claimed)
        let replaced = Self.scene(9, added: [Self.run(8, .skipped, .replaced), run, third])
        #expect((rules.problem(ofRefused: run, in: replaced) == nil) == isRight)
        let skipped = Self.scene(9, added: [Self.run(8, .skipped, .overlap), run, third])
        #expect(rules.problem(ofRefused: run, in: skipped) != nil)
        var ended = Self.scene(9, added: [run])
        #expect(rules.problem(ofRefused: run, in: ended) != nil)
        // Its end may not have come to whoever claims.
        ended.busyAt = Instant.monday(0, 8).date
        #expect((rules.problem(ofRefused: run, in: ended) == nil) == isRight)
        ended.busyAt = Instant.monday(0, 1).date
        #expect(rules.problem(ofRefused: run, in: ended) != nil)
    }

    @Test("A queue is full when as many wait as may")
    func queueFull() throws {
        let waiting = (1...Int64(JobPolicies.queueLimit)).map { Self.run($0, .pending, .queued, attempt: 0) }
        let run = Self.run(200, .skipped, .queueFull)
        let rules = try Self.rules(JobPolicies(concurrency: .queue))
        #expect(rules.problem(ofRefused: run, in: Self.scene(200, open: waiting)) == nil)
        #expect(rules.problem(ofRefused: run, in: Self.scene(200, open: Array(waiting.dropLast()))) != nil)
        #expect(try Self.rules().problem(ofRefused: run, in: Self.scene(200, open: waiting)) != nil)
    }

    @Test("A run gives way only to one that takes its place")
    func replaced() throws {
        let run = Self.run(1, .skipped, .replaced)
        let other = Self.run(2, .claimed)
        let rules = try Self.rules(JobPolicies(concurrency: .replace))
        #expect(rules.problem(ofRefused: run, in: Self.scene(2, added: [run, other])) == nil)
        #expect(rules.problem(ofRefused: run, in: Self.scene(2, added: [run])) != nil)
        #expect(rules.problem(ofReplaced: run.id, in: Self.scene(2, added: [other])) == nil)
        #expect(try Self.rules().problem(ofReplaced: run.id, in: Self.scene(2, added: [other])) != nil)
    }

    @Test("A deadline is missed when it has passed")
    func deadline() throws {
        var policies = JobPolicies()
        policies.deadline = .seconds(120)
        let rules = try Self.rules(policies)
        let run = Self.run(1, .missed, .deadline)
        #expect(rules.problem(ofRefused: run, in: Self.scene(4)) == nil)
        #expect(rules.problem(ofRefused: run, in: Self.scene(2)) != nil)
        #expect(try Self.rules().problem(ofRefused: run, in: Self.scene(4)) != nil)
    }

    @Test("There are too many runs only of a version that has a limit, and has ended")
    func maxRuns() throws {
        var policies = JobPolicies()
        policies.maxRuns = 2
        let run = Self.run(3, .skipped, .maxRuns)
        #expect(try Self.rules(policies, until: .monday(0, 9)).problem(ofRefused: run, in: Self.scene(3)) == nil)
        #expect(try Self.rules(policies).problem(ofRefused: run, in: Self.scene(3)) != nil)
        #expect(try Self.rules(until: .monday(0, 9)).problem(ofRefused: run, in: Self.scene(3)) != nil)
    }

    // MARK: Adoptions

    @Test(
        "Only what must not start twice is given up, and only if it may have started",
        arguments: [RunState.claimed, .starting, .running]
    )
    func givenUp(_ state: RunState) throws {
        var policies = JobPolicies()
        let lost = Self.run(1, .lost, .workerLost)
        #expect(try Self.rules(policies).problem(ofAdopted: Self.run(1, state), as: lost) != nil)
        policies.recovery = .atMostOnce
        let problem = try Self.rules(policies).problem(ofAdopted: Self.run(1, state), as: lost)
        #expect((problem == nil) == (state != .claimed))
        #expect(try Self.rules(policies).problem(ofAdopted: Self.run(1, state), as: Self.run(1, .claimed)) == nil)
    }

    // MARK: Ends

    private static func end(_ outcome: AttemptOutcome, minute: Int64 = 2, cancellation: RunReason? = nil) -> Attempt {
        let report = AttemptReport(outcome: outcome, startedAt: nil, finishedAt: Instant.monday(0, minute).date)
        return Attempt(
            run: RunID(job: .test(1), scheduledAt: .monday(0, 1)),
            number: 1,
            worker: .one,
            epoch: Epoch(rawValue: 7),
            report: report,
            cancellation: cancellation
        )
    }

    @Test("A run has failed when it has no retries left")
    func retries() throws {
        let rules = try Self.rules(JobPolicies(retry: .exponential(max: 1)))
        let end = Self.end(.exited(1))
        let first = Self.run(1, .running)
        #expect(rules.problem(of: end, before: first, after: Self.run(1, .failed, .exit)) != nil)
        #expect(rules.problem(of: end, before: first, after: Self.run(1, .pending, .exit)) == nil)
        #expect(rules.problem(of: end, before: first, after: Self.run(1, .failed, .exit), isRemoved: true) == nil)
        let last = Self.run(1, .running, failures: 1)
        #expect(rules.problem(of: end, before: last, after: Self.run(1, .failed, .exit)) == nil)
        #expect(rules.problem(of: end, before: last, after: Self.run(1, .succeeded)) != nil)
        #expect(rules.problem(of: end, before: last, after: Self.run(1, .failed, .spawn)) != nil)
        let well = Self.end(.exited(0))
        #expect(rules.problem(of: well, before: first, after: Self.run(1, .succeeded)) == nil)
        #expect(rules.problem(of: well, before: first, after: Self.run(1, .pending)) != nil)
    }

    @Test("What was lost is run again unless it must not start twice")
    func lost() throws {
        var policies = JobPolicies(retry: .exponential(max: 1))
        let (before, after) = (Self.run(1, .running), Self.run(1, .lost, .unknown))
        #expect(try Self.rules(policies).problem(of: Self.end(.lost), before: before, after: after) != nil)
        policies.recovery = .atMostOnce
        #expect(try Self.rules(policies).problem(of: Self.end(.lost), before: before, after: after) == nil)
        let again = Self.run(1, .pending, .unknown)
        #expect(try Self.rules(policies).problem(of: Self.end(.lost), before: before, after: again) != nil)
    }

    @Test("A run is cancelled for the reason that the ledger has")
    func cancelled() throws {
        let rules = try Self.rules()
        let end = Self.end(.cancelled, cancellation: .requested)
        var before = Self.run(1, .running)
        let after = Self.run(1, .cancelled, .requested)
        #expect(rules.problem(of: end, before: before, after: after) != nil)
        before.cancellation = .requested
        #expect(rules.problem(of: end, before: before, after: after) == nil)
        before.cancellation = .replaced
        #expect(rules.problem(of: end, before: before, after: after) != nil)
    }

    @Test("What a lapse has ended is run again unless it must not start twice")
    func lapsed() throws {
        var policies = JobPolicies()
        let end = Self.end(.cancelled, cancellation: .lapsed)
        let (before, after) = (Self.run(1, .running), Self.run(1, .cancelled, .lapsed))
        #expect(try Self.rules(policies).problem(of: end, before: before, after: after) != nil)
        policies.recovery = .atMostOnce
        #expect(try Self.rules(policies).problem(of: end, before: before, after: after) == nil)
    }

    // MARK: The end

    @Test("A run has succeeded if a process has, and was cancelled if somebody has asked for it")
    func evidence() throws {
        let rules = try Self.rules()
        var evidence = ReasonRules.Evidence()
        let outcomes = [
            Self.run(1, .succeeded), Self.run(1, .cancelled, .requested), Self.run(1, .cancelled, .removed),
        ]
        for run in outcomes { #expect(rules.problem(ofEnded: run, evidence) != nil) }
        evidence.hasSucceeded = true
        evidence.wasCancelled = true
        evidence.isRemoved = true
        for run in outcomes { #expect(rules.problem(ofEnded: run, evidence) == nil) }
    }

    @Test("An outcome has a reason of its own, and one that the policies have")
    func outcomes() throws {
        let evidence = ReasonRules.Evidence()
        let wrong = [
            Self.run(1, .failed), Self.run(1, .failed, .overlap), Self.run(1, .skipped, .misfire),
            Self.run(1, .lost, .workerLost), Self.run(1, .missed, .deadline), Self.run(1, .skipped, .queueFull),
            Self.run(1, .skipped, .replaced), Self.run(1, .skipped, .maxRuns),
        ]
        for run in wrong { #expect(try Self.rules().problem(ofEnded: run, evidence) != nil, "\(run)") }
        let right = [
            Self.run(1, .failed, .exit), Self.run(1, .failed, .spawn), Self.run(1, .timedOut, .timeout),
            Self.run(1, .skipped, .overlap), Self.run(1, .cancelled, .shutdown),
        ]
        for run in right { #expect(try Self.rules().problem(ofEnded: run, evidence) == nil, "\(run)") }
    }
}
