import DistributedCron
import Testing

@Suite("Supervision of an attempt under a lease")
struct SupervisionTests {
    private let supervision = Supervision(.stop, stopGrace: .seconds(10))

    @Test("An attempt runs, is asked to end a grace before the deadline, and is killed at the deadline")
    func stages() {
        for (now, verdict) in [
            (Duration.zero, Supervision.Verdict.run(until: .seconds(20))),
            (.milliseconds(19_999), .run(until: .seconds(20))),
            (.seconds(20), .ask(until: .seconds(30))),
            (.milliseconds(29_999), .ask(until: .seconds(30))),
            (.seconds(30), .kill),
            (.seconds(1_000), .kill),
        ] {
            #expect(self.supervision.verdict(deadline: .seconds(30), now: now) == verdict)
        }
    }

    @Test("A renewal in time moves everything on; so does one that comes after the attempt was asked")
    func renewal() {
        var lease = Lease(length: .seconds(30))
        lease.acknowledge(sentAt: .zero)
        #expect(self.supervision.verdict(deadline: lease.deadline, now: .seconds(19)) == .run(until: .seconds(20)))
        lease.acknowledge(sentAt: .seconds(18))
        #expect(self.supervision.verdict(deadline: lease.deadline, now: .seconds(20)) == .run(until: .seconds(38)))
        #expect(self.supervision.verdict(deadline: lease.deadline, now: .seconds(38)) == .ask(until: .seconds(48)))
        lease.acknowledge(sentAt: .seconds(39))
        #expect(self.supervision.verdict(deadline: lease.deadline, now: .seconds(48)) == .run(until: .seconds(59)))
    }

    @Test("An attempt that was asked to end is killed at the deadline all the same")
    func askedAndKilled() {
        guard case .ask(let time) = self.supervision.verdict(deadline: .seconds(30), now: .seconds(25)) else {
            Issue.record("it was not asked")
            return
        }
        #expect(self.supervision.verdict(deadline: .seconds(30), now: time) == .kill)
    }

    @Test("A supervisor that slept past every time kills at once")
    func slept() {
        guard case .run(let time?) = self.supervision.verdict(deadline: .seconds(30), now: .seconds(1)) else {
            Issue.record("it did not run")
            return
        }
        #expect(self.supervision.verdict(deadline: .seconds(30), now: time + .seconds(3_600)) == .kill)
    }

    @Test("Without a lease, revoked or never given, an attempt is killed")
    func withoutLease() {
        var lease = Lease(length: .seconds(30))
        #expect(self.supervision.verdict(deadline: lease.deadline, now: .zero) == .kill)
        lease.acknowledge(sentAt: .zero)
        lease.revoke()
        #expect(self.supervision.verdict(deadline: lease.deadline, now: .seconds(1)) == .kill)
    }

    @Test("Without a grace an attempt is killed and never asked")
    func withoutGrace() {
        let supervision = Supervision(.stop, stopGrace: .zero)
        #expect(supervision.verdict(deadline: .seconds(30), now: .seconds(29)) == .run(until: .seconds(30)))
        #expect(supervision.verdict(deadline: .seconds(30), now: .seconds(30)) == .kill)
    }

    @Test("Only a run that must not start twice, of a job that may overlap and is not to stop, goes on (B.7)")
    func conduct() {
        let choices: [LapseConduct?] = [nil, .stop, .finish]
        for recovery in RecoveryPolicy.allCases {
            for concurrency in ConcurrencyPolicy.allCases {
                for choice in choices {
                    var policies = JobPolicies(concurrency: concurrency)
                    policies.recovery = recovery
                    policies.onLapseChoice = choice
                    let goesOn = recovery == .atMostOnce && concurrency == .allow && choice != .stop
                    #expect(policies.onLapse == (goesOn ? .finish : .stop))
                }
            }
        }
        let supervision = Supervision(.finish, stopGrace: .seconds(10))
        for deadline in [nil, Duration.seconds(30)] {
            #expect(supervision.verdict(deadline: deadline, now: .seconds(40)) == .run(until: nil))
        }
    }
}
