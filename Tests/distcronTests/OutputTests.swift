import DistributedCron
import DistributedCronHTTP
import Testing

@testable import distcron

/// What people read.
struct OutputTests {
    @Test("Columns are aligned, and nothing trails")
    func table() {
        var table = Table(["ID", "NAME"], flexible: 1)
        table.add(["1", "a"])
        table.add(["22", "längeres"])
        #expect(table.text(width: nil) == "ID  NAME\n1   a\n22  längeres\n")
    }

    @Test("In a narrow terminal one column gives way in its middle")
    func narrow() {
        var table = Table(["ID", "EXECUTABLE"], flexible: 1)
        table.add(["1", "abcdefghijklmnopqrstuvwxyz"])
        #expect(table.text(width: 14) == "ID  EXECUTABLE\n1   abcde…wxyz\n")
        #expect(Table.shorten("abcdef", to: 6) == "abcdef")
    }

    @Test("Control characters of a command cannot move the cursor")
    func control() {
        #expect(Table.printable("a\u{1B}[2Jb\nc\u{9B}d") == "a·[2Jb·c·d")
    }

    @Test("Instants are told by their distance and their time")
    func relative() throws {
        let now = try #require(Instant("2026-11-22T13:26:00Z"))
        #expect(RelativeTime.text(now + 38 * 60, now: now) == "in 38 min (14:04 UTC)")
        #expect(RelativeTime.text(now + 30, now: now) == "in 30 s (13:26:30 UTC)")
        #expect(RelativeTime.text(now - 7_200, now: now) == "2 h ago (11:26 UTC)")
        #expect(RelativeTime.text(now + 86_400 * 3, now: now) == "in 3 days (2026-11-25 13:26 UTC)")
        #expect(RelativeTime.full(now, zone: .utc) == "Sun 2026-11-22 13:26")
        #expect(RelativeTime.full(Instant(epochSeconds: -1), zone: .utc) == "Wed 1969-12-31 23:59:59")
    }

    @Test("A schedule is explained in words, instants and findings")
    func explain() throws {
        let now = try #require(Instant("2026-11-22T13:26:00Z"))
        let lines = Explain.text(try Schedule("0 9 1 * mon"), after: now).split(separator: "\n")
        #expect(lines[1] == "next (UTC): Mon 2026-11-23 09:00 · Mon 2026-11-30 09:00 · Tue 2026-12-01 09:00")
        #expect(lines.dropFirst(2).contains { $0.hasPrefix("note: ") })
    }

    @Test("Members of a job are listed in the API's order, those that are null left out")
    func job() {
        #expect(
            Get.text(["id": "x", "status": "scheduled", "name": .null, "version": 1])
                == "id       x\nstatus   scheduled\nversion  1\n"
        )
    }

    @Test("A job's row shows its zone only if it is not UTC, and no bytes of files")
    func row() throws {
        let now = try #require(Instant("2026-11-22T13:26:00Z"))
        let job: JSONValue = [
            "id": "x", "status": "scheduled", "executable": "http://h/jobs/x/artifact", "schedule": "@daily",
            "type": "script", "name": .null, "timezone": "Europe/Berlin", "next_run_at": "2026-11-22T23:00:00Z",
        ]
        #expect(
            JobLine.cells(job, now: now)
                == ["x", "-", "scheduled", "@daily Europe/Berlin", "in 9 h (23:00 UTC)", "(script)"]
        )
    }
}
