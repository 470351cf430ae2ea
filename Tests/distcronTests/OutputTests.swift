import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess
import Testing

@testable import distcron

/// What people read.
struct OutputTests {
    @Test("Columns are aligned, and nothing trails")
    func table() {
        var table = Table(["ID", "NAME"], flexible: [1])
        table.add(["1", "a"])
        table.add(["22", "längeres"])
        #expect(table.text(on: nil) == "ID  NAME\n1   a\n22  längeres\n")
    }

    @Test("In a narrow terminal columns give way in their middle, one after the other, down to what can be told apart")
    func narrow() {
        var table = Table(["ID", "EXECUTABLE", "SCHEDULE"], flexible: [1, 2])
        table.add(["1", "abcdefghijklmnopqrstuvwxyz", "*/5 8-17 * * MON-FRI"])
        let terminal = Terminal(columns: 40, environment: [:])
        #expect(table.text(on: terminal) == "ID  EXECUTABLE      SCHEDULE\n1   abcdefg…uvwxyz  */5 8-17 * * MON-FRI\n")
        let narrower = Terminal(columns: 26, environment: [:])
        #expect(table.text(on: narrower) == "ID  EXECUTABLE  SCHEDULE\n1   abcde…wxyz  */5 8…-FRI\n")
        #expect(table.text(on: nil).contains("abcdefghijklmnopqrstuvwxyz  */5 8-17 * * MON-FRI\n"))
        #expect(Table.shorten("abcdef", to: 6) == "abcdef")
    }

    @Test("Characters that are two columns wide count as two, and are not cut in half")
    func wideCharacters() {
        var table = Table(["NAME", "X"], flexible: [])
        table.add(["日報", "1"])
        table.add(["e\u{301}🙂", "2"])
        #expect(table.text(on: nil) == "NAME  X\n日報  1\ne\u{301}🙂   2\n")
        #expect(Table.shorten("日本語日本語", to: 8) == "日本…語")
        #expect(Table.shorten("日本語日本語", to: 8).columns <= 8)
    }

    @Test("Colours are for terminals that show them and people who want them, and take no room")
    func colours() {
        var table = Table(["STATUS", "NAME"], flexible: []) { column, _ in column == 0 ? .bad : nil }
        table.add(["error", "a"])
        let plain = "STATUS  NAME\nerror   a\n"
        let colourful = Terminal(columns: 80, environment: ["TERM": "xterm"])
        #expect(table.text(on: colourful) == "STATUS  NAME\n\u{1B}[31merror\u{1B}[0m   a\n")
        for environment in [["TERM": "dumb"], ["TERM": "xterm", "NO_COLOR": "1"], [:]] {
            #expect(table.text(on: Terminal(columns: 80, environment: environment)) == plain)
        }
        #expect(table.text(on: nil) == plain)
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

    @Test("A job's page has a line for everything that says something, in the words that set takes")
    func page() throws {
        let now = try #require(Instant("2026-11-22T13:26:00Z"))
        let job: JSONValue = [
            "id": "x", "status": "scheduled", "executable": "true", "schedule": "@daily", "type": "command",
            "name": "n", "timezone": "UTC", "dst": "debian", "labels": ["team": "billing"], "state": "paused",
            "misfire": ["policy": "latest", "limit": 100, "window_s": 86_400], "concurrency": "skip",
            "retry": ["max": 3, "backoff_s": 5, "max_backoff_s": 300, "jitter": .number("0.5")], "timeout_s": 900,
            "pause": ["until": "2026-11-22T15:26:00Z", "reason": "migration"], "next_run_at": .null,
            "env": ["LANG": "C"], "description": .null, "artifact": .null,
        ]
        let page = JobPage(job, now: now).text
        for line in [
            "name         n", "pause        until 15:26 UTC (in 2 h), because migration", "labels       team=billing",
            "env.LANG     C", "misfire      latest, at most 100, not later than 1 d",
            "retry        3 times, after 5 s to 5 min", "timeout_s    15 min", "next         -",
        ] {
            #expect(page.contains("\(line)\n"), "\(page)")
        }
        #expect(!page.contains("description") && !page.contains("dst"))
    }

    @Test("A job's row shows its zone only if it is not UTC, and no bytes of files")
    func row() throws {
        let now = try #require(Instant("2026-11-22T13:26:00Z"))
        let job: JSONValue = [
            "id": "x", "status": "scheduled", "executable": "http://h/jobs/x/artifact", "schedule": "@daily",
            "type": "script", "name": .null, "timezone": "Europe/Berlin", "next_run_at": "2026-11-22T23:00:00Z",
            "state": "running", "last_run": ["result": "failure", "started_at": "2026-11-22T13:24:59.5Z"],
        ]
        #expect(
            JobLine.cells(job, now: now)
                == ["x", "running", "@daily Europe/Berlin", "in 9 h (23:00 UTC)", "failure 1 min ago", "(script)"]
        )
    }
}
