import DistributedCron
import DistributedCronHTTP
import Testing

@testable import distcron

/// What `doctor` makes of what it sees.
struct DoctorTests {
    private static func job(_ name: String, _ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        let defaults: [JSONMember] = [
            JSONMember("status", "scheduled"), JSONMember("state", "active"), JSONMember("pause", .null),
            JSONMember("next_run_at", "2026-11-25T11:00:00Z"),
        ]
        return .object([JSONMember("name", .string(name))] + members.map { JSONMember($0.key, $0.value) } + defaults)
    }

    private static func checks(_ jobs: [JSONValue], waiting: [JSONValue] = []) -> [DoctorCheck] {
        JobExamination(jobs: jobs, waiting: waiting, now: Instant("2026-11-25T10:00:00Z") ?? .present).checks
    }

    @Test("Jobs that are well are one line")
    func well() {
        let checks = Self.checks([Self.job("a", [:]), Self.job("b", [:])])
        #expect(checks == [DoctorCheck("jobs", .good, "2 jobs can run")])
    }

    @Test("Jobs that fail, never run again or are paused without an end are named, with what to do")
    func jobs() {
        let paused = Self.job("p", ["state": "paused", "pause": ["until": .null], "next_run_at": .null])
        let resting = Self.job("r", ["state": "paused", "pause": ["until": "2026-11-25T12:00:00Z"]])
        let checks = Self.checks([
            Self.job("f", ["status": "error"]), Self.job("n", ["next_run_at": .null]), paused, resting,
        ])
        #expect(checks.map(\.name) == ["jobs", "failures", "schedules", "pauses"])
        #expect(
            checks.map(\.message).dropFirst() == [
                "nothing has succeeded since a run failed: f", "n will never run again", "p will not run until resumed",
            ]
        )
        #expect(checks.dropFirst().allSatisfy { $0.level == .warning && $0.fix != nil })
        let many = Self.checks((1...7).map { Self.job("\($0)", ["status": "error"]) })
        #expect(many.last?.message == "nothing has succeeded since a run failed: 1, 2, 3, 4, 5 and 2 more")
    }

    @Test("Runs that wait are late, unless they wait for the time of their retry or are backfilled")
    func late() {
        let run: JSONValue = ["job_id": "x", "scheduled_at": "2026-11-25T09:00:00Z", "not_before": .null]
        let retry: JSONValue = ["scheduled_at": "2026-11-25T08:00:00Z", "not_before": "2026-11-25T10:00:01Z"]
        #expect(
            Self.checks([], waiting: [run, retry]).last?.message == "1 run waits, the oldest since 1 h ago (09:00 UTC)"
        )
        #expect(Self.checks([], waiting: [retry]).count == 1)
        let backfill: JSONValue = ["trigger": "backfill", "scheduled_at": "2026-11-20T08:00:00Z"]
        #expect(Self.checks([], waiting: [backfill]).count == 1)
    }

    @Test("Clocks that are apart are noticed, but not what the precision of the header explains")
    func clock() throws {
        let here = try #require(Instant("2026-11-25T10:00:00Z"))
        #expect(ServerExamination.clock(here, here + 2).level == .good)
        #expect(ServerExamination.clock(here, here - 30).level == .warning)
        let check = ServerExamination.clock(here, here + 3_600)
        #expect(check.level == .bad && check.message == "the server's clock is 1 h ahead of this one")
        #expect(HTTPDate("Sun, 06 Nov 1994 08:49:37 GMT")?.instant == Instant("1994-11-06T08:49:37Z"))
        #expect(HTTPDate("06 Nov 1994") == nil)
    }

    @Test("Little room is said, too little is wrong")
    func space() {
        #expect(MachineExamination.space(5_000_000_000, in: "d").level == .good)
        #expect(MachineExamination.space(500_000_000, in: "d").level == .warning)
        #expect(MachineExamination.space(50_000_000, in: "d").level == .bad)
    }

    @Test("A directory that somebody names has to be there, the usual one need not")
    func directory() {
        let named = MachineExamination(directory: "/nowhere", isNamed: true).checks
        #expect(named.contains { $0.name == "data" && $0.level == .bad })
        let usual = MachineExamination(directory: "/nowhere", isNamed: false).checks
        #expect(!usual.contains { $0.name == "data" })
    }

    @Test("A check is a line, and another one for what to do")
    func text() {
        let check = DoctorCheck("data", .bad, "full", fix: "make room")
        #expect(check.text(on: nil) == "✗ data: full\n  fix: make room\n")
        #expect(check.json.text == #"{"check":"data","level":"failed","message":"full","fix":"make room"}"#)
    }
}
