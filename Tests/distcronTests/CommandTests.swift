#if HTTP
import DistributedCron
import DistributedCronHTTP
import Foundation
import Testing

/// The commands that change and list jobs and runs, against the built server.
@Suite(.enabled(if: Program.path != nil, "the tool is not built"), .timeLimit(.minutes(5)))
struct CommandTests {
    private static func json(_ result: ChildProcess.Result) throws -> JSONValue {
        try JSONParser.parse(Array(result.output.utf8))
    }

    @Test("Every policy is a flag of add, and get shows it")
    func policies() async throws {
        try await Program.serving { url, _ in
            let added = try await Program.run(
                "add",
                "--schedule",
                "@daily",
                "--command",
                "true",
                "--name",
                "p",
                "--concurrency",
                "queue",
                "--misfire",
                "all",
                "--misfire-limit",
                "7",
                "--misfire-window",
                "2h",
                "--recovery",
                "at_most_once",
                "--on-lapse",
                "stop",
                "--on-outage",
                "lease",
                "--retry-max",
                "3",
                "--retry-backoff",
                "10s",
                "--retry-max-backoff",
                "5m",
                "--retry-jitter",
                "0",
                "--timeout",
                "1h",
                "--kill-grace",
                "30",
                "--deadline",
                "1d",
                "--max-runs",
                "9",
                "--ends-at",
                "2100-01-01T00:00:00Z",
                "--env",
                "A=b=c",
                "--env",
                "D=",
                "--cwd",
                "/tmp",
                "--label",
                "team=x",
                "--description",
                "d",
                "--pause-reason",
                "later",
                "--dst",
                "wall",
                "--tz",
                "Europe/Berlin",
                "-o",
                "json",
                url: url
            )
            #expect(added.status == 0, "\(added.errors)")
            let text = try Self.json(added).text
            for member in [
                #""misfire":{"policy":"all","limit":7,"window_s":7200}"#, #""concurrency":"queue""#,
                #""recovery":"at_most_once""#, #""on_lapse":"stop""#, #""on_outage":"lease""#,
                #""timeout_s":3600,"kill_grace_s":30,"deadline_s":86400,"max_runs":9"#,
                #""retry":{"max":3,"backoff_s":10,"max_backoff_s":300,"jitter":0.0}"#, #""cwd":"/tmp""#,
                #""ends_at":"2100-01-01T00:00:00Z","env":{"A":"b=c","D":""}"#, #""labels":{"team":"x"}"#,
                #""description":"d""#, #""pause":{"until":null,"reason":"later"}"#, #""timezone":"Europe/Berlin""#,
            ] {
                #expect(text.contains(member), "\(text)")
            }
            let page = try await Program.run("get", "p", url: url).output
            #expect(page.contains(#/status +paused\n/#) && page.contains(#/retry +3 times, after 10 s to 5 min\n/#))
            #expect(page.contains(#/on_lapse +stop\n/#))
        }
    }

    @Test("What a lapse means stays as it was chosen until that is cleared, and is refused where it cannot be")
    func onLapse() async throws {
        try await Program.serving { url, _ in
            let added = try await Program.run(
                "add",
                "4 * * * * true",
                "--name",
                "a",
                "--recovery",
                "at_most_once",
                "--concurrency",
                "queue",
                "--on-lapse",
                "stop",
                url: url
            )
            #expect(added.status == 0, "\(added.errors)")
            let allowed = try await Program.run("set", "a", "concurrency=allow", url: url).errors
            #expect(allowed.hasPrefix("concurrency: queue → allow\nchanged a"), "\(allowed)")
            let cleared = try await Program.run("set", "a", "on_lapse=", url: url).errors
            #expect(cleared.hasPrefix("on_lapse: stop → finish\nchanged a"), "\(cleared)")
            let refused = try await Program.run("set", "a", "on_lapse=finish", "recovery=rerun", url: url)
            #expect(refused.status == 65, "\(refused.errors)")
            #expect(refused.errors.contains("on_lapse cannot be finish with recovery rerun"), "\(refused.errors)")
        }
    }

    @Test("A lapse that is to mean what it meant anyway is a choice that is told once, and so is that it is none")
    func onLapseAsBefore() async throws {
        try await Program.serving { url, _ in
            _ = try await Program.run("add", "4 * * * * true", "--name", "a", url: url)
            let nothing = "nothing changed: a is like that already\n"
            let steps = [
                ("on_lapse=stop", "on_lapse: stop, whatever recovery and concurrency are\nchanged a, next in "),
                ("on_lapse=stop", nothing),
                ("on_lapse=", "on_lapse: stop, as recovery and concurrency have it\nchanged a, next in "),
                ("on_lapse=", nothing), ("on_outage=hold", nothing), ("concurrency=", nothing),
                ("on_outage=lease", "on_outage: hold → lease\nchanged a, next in "),
                ("on_outage=", "on_outage: lease → hold\nchanged a, next in "),
            ]
            for (assignment, message) in steps {
                let told = try await Program.run("set", "a", assignment, url: url).errors
                #expect(told.hasPrefix(message), "\(assignment): \(told)")
            }
        }
    }

    @Test("A dry run says what a job would do, and adds nothing")
    func dryRun() async throws {
        try await Program.serving { url, _ in
            let result = try await Program.run("add", "--dry-run", "0 9 1 * mon true", url: url)
            #expect(result.status == 0 && result.output.contains("\nnext  ") && result.output.contains("\nnote: "))
            #expect(try await Program.run("list", "-o", "json", url: url).output == "[]\n")
            #expect(try await Program.run("add", "--dry-run", "99 * * * * true", url: url).status == 65)
        }
    }

    @Test("A job is paused, resumed, changed and removed; each says what it did and what to do next")
    func changes() async throws {
        try await Program.serving { url, directory in
            _ = try await Program.run("add", "4 * * * * echo old", "--name", "a", "--label", "team=x", url: url)
            let paused = try await Program.run("pause", "a", "--for", "2h", "--reason", "move", url: url)
            #expect(paused.status == 0 && paused.output.isEmpty)
            #expect(paused.errors.hasPrefix("paused a until ") && paused.errors.hasSuffix("distcron resume a\n"))
            #expect(try await Program.run("list", "--state", "paused", "-o", "name", url: url).output == "a\n")
            #expect(try await Program.run("resume", "a", url: url).errors.hasPrefix("resumed a, next in "))
            let set = try await Program.run("set", "a", "timeout_s=15m", "labels.team=", "retry.max=2", url: url)
            #expect(
                set.errors.hasPrefix("labels.team: x → none\nretry.max: 0 → 2\ntimeout_s: none → 900\nchanged a, next")
            )
            let script = "\(directory)/job.sh"
            try Data("#!/bin/sh\necho new\n".utf8).write(to: URL(filePath: script))
            #expect(
                try await Program.run("set", "a", "--script", script, url: url).errors.contains(
                    "type: command → script"
                )
            )
            #expect(try await Program.run("run", "--wait", "a", url: url).output == "new\n")
            let invalid = try await Program.run("set", "a", "schedule=5 25 * * *", url: url)
            #expect(invalid.status == 65 && invalid.errors.contains("\n    ^^ hour 25 is outside 0-23\n"))
            #expect(try await Program.run("set", "a", "timeout=5", url: url).status == 64)
            #expect(try await Program.run("rm", "a", "nobody", url: url).status == 3)
            #expect(try await Program.run("list", "-o", "name", url: url).output.isEmpty)
            #expect(try await Program.run("list", "--all", "-o", "name", url: url).output == "a\n")
        }
    }

    @Test("Somebody else's change in the meantime is not overwritten, and the person is told")
    func staleVersion() async throws {
        let server = try FlakyServer(["200 OK", "412 Precondition Failed"])
        let id = "00000000-0000-7000-8000-000000000000"
        let result = try await Program.run("set", id, "name=x", url: server.url)
        #expect(result.status == 75)
        #expect(result.errors.hasPrefix("error: somebody else has changed \(id) in the meantime"))
    }

    @Test("A job stands for its runs that have not ended; they are cancelled, listed by their result and never again")
    func cancellation() async throws {
        try await Program.serving { url, _ in
            _ = try await Program.run("add", "@daily sleep 600", "--name", "s", url: url)
            _ = try await Program.run("run", "s", "--reason", "test", url: url)
            let cancelled = try await Program.run("cancel", "s", url: url)
            #expect(cancelled.status == 0, "\(cancelled.errors)")
            #expect(try await Program.run("logs", "-f", "s", url: url).errors.contains("cancelled"))
            let runs = try Self.json(try await Program.run("runs", "-o", "json", "--result", "cancellation", url: url))
            #expect(runs.array?.first?["request_reason"]?.string == "test")
            #expect(try await Program.run("runs", "s", "--until", "1h", "-o", "name", url: url).output.isEmpty)
            #expect(try await Program.run("cancel", "s", url: url).status == 3)
            #expect(try await Program.run("cancel", runs.array?.first?["id"]?.string ?? "", url: url).status == 73)
        }
    }

    @Test("The newest run of a job that has ended is run once more with its variables, and waited for")
    func retry() async throws {
        try await Program.serving { url, _ in
            _ = try await Program.run("add", "@daily echo $WHO; exit 4", "--name", "r", url: url)
            #expect(try await Program.run("retry", "r", url: url).status == 3)
            #expect(try await Program.run("run", "r", "--wait", "--env", "WHO=me", url: url).status == 4)
            let again = try await Program.run("retry", "r", "--wait", url: url)
            #expect((again.status, again.output) == (4, "me\n"), "\(again.errors)")
        }
    }

    @Test("Instants of the past are run one after the other, each told which one it is")
    func backfill() async throws {
        try await Program.serving { url, _ in
            let line = "@daily echo $DISTCRON_TRIGGER $DISTCRON_SCHEDULED_AT"
            _ = try await Program.run("add", line, "--name", "b", url: url)
            let range = ["b", "--from", "2026-03-01T00:00:00Z", "--to", "2026-03-03T00:00:00Z"]
            let arguments = ["backfill"] + range
            let plan = try await Program.start(arguments + ["--dry-run"], url: url).result()
            #expect((plan.status, plan.output) == (0, ""), "\(plan.errors)")
            let runs = "2 runs, from 2026-03-01T00:00:00Z to 2026-03-02T00:00:00Z"
            #expect(plan.errors.hasPrefix("b would have \(runs); "))
            let asked = try await Program.start(arguments + ["--reason", "again", "-o", "json"], url: url).result()
            #expect(asked.status == 0, "\(asked.errors)")
            #expect(try Self.json(asked)["count"]?.integer == 2)
            #expect(asked.errors.hasPrefix("b gets \(runs), one after the other; see how they go with: distcron runs"))
            let listed = try await Program.run("runs", "b", "--trigger", "backfill", "-o", "json", url: url)
            let found = try Self.json(listed).array ?? []
            #expect(found.count == 2 && found.allSatisfy { $0["trigger"] == "backfill" })
            let last = try #require(found.first?["id"]?.string)
            // It is followed to its end.
            let log = try await Program.run("logs", "-f", last, url: url)
            #expect(log.output == "backfill 2026-03-02T00:00:00Z\n", "\(log.errors)")
            let why = try await Program.run("why", "b", "--at", "2026-03-02T00:00:00Z", url: url)
            #expect(why.output.contains("; it was backfilled, and its run succeeded in attempt 1"), "\(why.output)")
            #expect(why.output.contains(last))
            let many = ["backfill", "b", "--from", "2020-01-01T00:00:00Z", "--to", "1d"]
            #expect(try await Program.start(many, url: url).result().status != 0)
        }
    }

    @Test("One process has a worker and a leader, get names the worker, and why tells of instants that no row tells of")
    func cluster() async throws {
        try await Program.serving { url, _ in
            _ = try await Program.run("add", "@yearly true", "--name", "a", url: url)
            // After it there is a worker, and it owns the job's slot.
            #expect(try await Program.run("run", "a", "--wait", url: url).status == 0)
            let workers = try Self.json(try await Program.run("workers", "-o", "json", url: url)).array ?? []
            let worker = try #require(workers.first?["id"]?.string)
            #expect(workers.count == 1 && workers.first?["state"]?.string == "ready")
            #expect(try await Program.run("workers", url: url).output.contains(#/SLOTS\n.* ready +local +default +/#))
            let job = try Self.json(try await Program.run("get", "a", "-o", "json", url: url))
            #expect(job["worker"]?.string == worker)
            let cluster = try await Program.run("cluster", url: url).output
            #expect(cluster.contains(#/leader +m-/#) && cluster.contains(#/workers +1\n/#))
            let coming = try await Program.run("why", "a", "--at", "2100-01-01T00:00:00Z", url: url)
            #expect(coming.status == 0, "\(coming.errors)")
            #expect(
                coming.output.hasPrefix(
                    "a is to run at 2100-01-01T00:00:00Z: the schedule names it, and it is to come\n"
                )
            )
            let early = try await Program.run("why", "a", "--at", "2000-01-01T00:00:00Z", "-o", "json", url: url)
            #expect(try Self.json(early)["cause"]?.string == "before_creation")
            #expect(try await Program.run("why", "nobody", "--at", "1h", url: url).status == 3)
        }
    }

    @Test("The only worker drains, keeps its slots and runs on; a worker that nobody knows cannot drain")
    func draining() async throws {
        try await Program.serving { url, _ in
            _ = try await Program.run("add", "@yearly true", "--name", "a", url: url)
            #expect(try await Program.run("run", "a", "--wait", url: url).status == 0)
            let worker = String(try await Program.run("workers", "-o", "name", url: url).output.dropLast())
            for _ in 0..<2 {
                let drain = try await Program.run("drain", worker, url: url)
                #expect(drain.status == 0, "\(drain.errors)")
                #expect(drain.output.contains(#/SLOTS\n.* draining +local +default +/#))
                #expect(drain.errors.hasPrefix("\(worker) drains") && drain.errors.hasSuffix("undrain \(worker)\n"))
            }
            let workers = try await Program.run("workers", url: url).output
            #expect(workers.contains(#/ draining +local +default +\d+ +[1-9]\d*\n/#))
            #expect(try await Program.run("cluster", url: url).output.contains("workers  1, 1 of them draining\n"))
            #expect(try await Program.run("run", "a", "--wait", url: url).status == 0)
            let undrain = try await Program.run("undrain", worker, "-o", "json", url: url)
            #expect(try Self.json(undrain)["state"]?.string == "ready")
            let unknown = try await Program.run("drain", "nobody", url: url)
            #expect(unknown.status == 3)
            #expect(unknown.errors.contains("worker nobody is not registered"), "\(unknown.errors)")
            #expect(unknown.errors.hasSuffix("help: distcron workers shows who is registered\n"))
        }
    }

    @Test("The doctor finds a well server well, a failing job worth a word, and no server wrong")
    func doctor() async throws {
        try await Program.serving { url, directory in
            _ = try await Program.run("add", "@daily false", "--name", "f", url: url)
            _ = try await Program.run("run", "f", "--wait", url: url)
            let result = try await Program.run("doctor", "--data-dir", directory, url: url)
            #expect(result.status == 0, "\(result.output)")
            #expect(result.output.contains("✓ server: \(url) answers, version "))
            #expect(result.output.contains("✓ ready: ") && result.output.contains("✓ clock: "))
            #expect(result.output.contains("! failures: nothing has succeeded since a run failed: f\n  fix: see which"))
            #expect(result.output.contains(" data: \(directory) has "))
        }
        let nobody = try await Program.run("doctor", "-o", "json", url: "http://127.0.0.1:1")
        #expect(nobody.status == 1)
        let first = try Self.json(nobody).array?.first
        #expect(first?["check"]?.string == "server" && first?["level"]?.string == "failed")
    }
}
#endif
