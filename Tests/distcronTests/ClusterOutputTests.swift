import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess
import Testing

@testable import distcron

/// What people read of the cluster, and of an instant.
struct ClusterOutputTests {
    private static func report(_ changes: (String, JSONValue)...) -> JSONValue {
        let report: JSONValue = [
            "at": "2026-11-22T03:07:00Z", "matched": false, "fired": false, "cause": "not_named",
            "detail": "the schedule does not name it", "version": 2, "schedule": "*/5 * * * *", "timezone": "UTC",
            "checks": [
                ["field": "minute", "value": 7, "allowed": "*/5", "ok": false],
                ["field": "hour", "value": 3, "allowed": "*", "ok": true],
            ],
            "previous": "2026-11-22T03:05:00Z", "next": "2026-11-22T03:10:00Z", "run": .null, "gap": .null,
        ]
        guard case .object(let members) = report else { return report }
        let names = changes.map(\.0)
        return .object(members.filter { !names.contains($0.name) } + changes.map { JSONMember($0.0, $0.1) })
    }

    @Test("A time that the schedule does not name is told with the field that differs and the nearest that it names")
    func instant() throws {
        let now = try #require(Instant("2026-11-22T04:05:00Z"))
        #expect(
            InstantPage(Self.report(), of: "nightly", now: now).text == """
                nightly did not run at 2026-11-22T03:07:00Z: the schedule does not name it
                schedule  */5 * * * * UTC
                version   2
                before    1 h ago (03:05 UTC)
                after     55 min ago (03:10 UTC)
                minute    it was 7, and the schedule has */5

                """
        )
    }

    @Test("The first words say whether it ran, is to run, or has not run yet")
    func verbs() throws {
        let now = try #require(Instant("2026-11-22T04:05:00Z"))
        let cases: [(report: JSONValue, verb: String)] = [
            (Self.report(("fired", true), ("cause", .null)), "ran"),
            (Self.report(("cause", "future")), "is to run"),
            (Self.report(("cause", "unaccounted")), "has not run yet"),
            (Self.report(("cause", "queued"), ("run", ["id": "r", "state": "pending"])), "has not run yet"),
            (Self.report(("cause", "overlap"), ("run", ["id": "r", "state": "skipped"])), "did not run"),
        ]
        for (report, verb) in cases {
            #expect(InstantPage(report, of: "a", now: now).text.hasPrefix("a \(verb) at 2026-11-22T03:07:00Z: "))
        }
    }

    @Test("A worker's row has a dash for what only a registration tells")
    func worker() {
        let ready: JSONValue = [
            "id": "w-1", "state": "ready", "host": "node-1", "pools": ["default", "gpu"], "capacity": ["total": 8],
            "slots": 342,
        ]
        #expect(WorkerLine.cells(ready) == ["w-1", "ready", "node-1", "default,gpu", "8", "342"])
        let gone: JSONValue = [
            "id": "w-0", "state": "gone", "host": .null, "pools": .null, "capacity": .null, "slots": 1,
        ]
        #expect(WorkerLine.cells(gone) == ["w-0", "gone", "-", "-", "-", "1"])
        let draining: JSONValue = [
            "id": "w-2", "state": "draining", "host": "node-2", "pools": ["default"], "capacity": ["total": 8],
            "slots": 0,
        ]
        #expect(WorkerLine.cells(draining) == ["w-2", "draining", "node-2", "default", "8", "0"])
        #expect(WorkerLine.table([gone]).text(on: nil).hasPrefix("WORKER  STATE  HOST  POOLS  CAPACITY  SLOTS\n"))
    }

    @Test("A cluster's page says who leads, who drains, and how many slots wait for a worker")
    func cluster() {
        let led: JSONValue = [
            "id": "c", "leader": "m-1", "leader_token": ["incarnation": 1, "sequence": 42], "workers": 3,
            "slots": 1_024,
            "unowned_slots": 0,
        ]
        #expect(
            ClusterPage(led).text == """
                id       c
                leader   m-1, token 1.42
                workers  3
                slots    1024, each with a worker

                """
        )
        let alone: JSONValue = [
            "id": "c", "leader": .null, "leader_token": .null, "workers": 0, "draining_workers": 0, "slots": 8,
            "unowned_slots": 8,
        ]
        #expect(ClusterPage(alone).text.contains("leader   nobody leads\n"))
        #expect(ClusterPage(alone).text.contains("workers  0\n"))
        #expect(ClusterPage(alone).text.contains("slots    8, 8 of them without a worker\n"))
        let draining: JSONValue = ["id": "c", "workers": 3, "draining_workers": 1, "slots": 8, "unowned_slots": 0]
        #expect(ClusterPage(draining).text.contains("workers  3, 1 of them draining\n"))
    }
}
