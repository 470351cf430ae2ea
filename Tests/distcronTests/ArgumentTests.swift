import DistributedCron
import DistributedCronProcess
import ArgumentParser
import DistributedCronHTTP
import Testing

@testable import distcron

/// What the command line means, and which exit codes it leads to.
struct ArgumentTests {
    @Test("Flags reach their commands")
    func flags() throws {
        let up = try #require(
            try Distcron.parseAsRoot(["up", "--demo", "--once", "--port", "0", "--data-dir", "x"]) as? Up
        )
        #expect(up.demo && up.once && up.port == 0 && up.storage.dataDir == "x")
        let line = ["add", "--schedule", "@daily", "--command", "true", "--name", "n", "--tz", "UTC", "--timeout", "5"]
        let add = try #require(try Distcron.parseAsRoot(line) as? Add)
        #expect(add.job.schedule == "@daily" && add.upload.command == "true" && add.job.name == "n")
        #expect(add.policies.timeout == "5")
        let next = try #require(try Distcron.parseAsRoot(["next", "0", "9", "*", "*", "1", "-n", "3"]) as? Next)
        #expect(next.target.joined(separator: " ") == "0 9 * * 1" && next.count == 3)
        #expect(try Distcron.parseAsRoot(["ls"]) is List)
        #expect(try Distcron.parseAsRoot(["rm", "a", "b"]) is Remove)
        let drain = try #require(try Distcron.parseAsRoot(["drain", "w-1", "-o", "json"]) as? DrainWorker)
        #expect(drain.target.worker == "w-1" && drain.format.output == .json)
        #expect(try Distcron.parseAsRoot(["undrain", "w-1"]) is UndrainWorker)
        let run = try #require(try Distcron.parseAsRoot(["run", "a", "--wait", "--timeout", "3"]) as? RunNow)
        #expect(run.waiting.wait && run.waiting.timeout?.seconds == 3)
        let range = ["--from", "2026-11-20T00:00:00Z", "--to", "2026-11-22T00:00:00Z"]
        let backfill = try #require(
            try Distcron.parseAsRoot(["backfill", "a"] + range + ["--force", "--dry-run"]) as? BackfillJob
        )
        #expect(backfill.to - backfill.from == 2 * 86_400 && backfill.force && backfill.dryRun)
        let runs = try #require(try Distcron.parseAsRoot(["runs", "a", "--trigger", "backfill"]) as? Runs)
        #expect(runs.trigger == .backfill)
    }

    @Test("The defaults are those of the documentation")
    func defaults() throws {
        let up = try #require(try Distcron.parseAsRoot(["up"]) as? Up)
        #expect(up.port == nil && up.storage.dataDir == nil && !up.demo && !up.once)
    }

    @Test(
        "Wrong usage exits with 64",
        arguments: [
            ["nonsense"], ["up", "--port", "65536"], ["up", "--once"], ["next"], ["next", "--jsonl", "a"],
            ["next", "@daily", "-n", "0"], ["get"], ["list", "-o", "xml"], ["next", "@daily", "--dst", "x"],
            ["list", "--limit", "0"],
            ["list", "--failing", "--status", "error"], ["run", "a", "--timeout", "3"],
            ["pause", "a", "--for", "soon"],
            ["pause", "a", "--for", "1h", "--until", "2026-11-25T10:00:00Z"], ["runs", "--since", "yesterday"],
            ["logs", "a", "-f", "--tail", "1", "--stream", "stdout"], ["logs", "a", "--tail", "0"], ["cancel"],
            ["completion", "tcsh"], ["doctor", "-o", "name"], ["set"],
            ["why", "a"], ["why", "--at", "1h"], ["why", "a", "--at", "tomorrow"],
            ["why", "a", "--at", "1h", "-o", "name"], ["workers", "w"], ["cluster", "-o", "jsonl"], ["drain"],
            ["undrain", "w", "x"], ["backfill", "a"], ["backfill", "a", "--from", "1d"],
            ["backfill", "a", "--from", "soon", "--to", "1h"], ["runs", "--trigger", "cron"],
            ["drain", "w", "-o", "wide"],
        ]
    )
    func usage(arguments: [String]) {
        do {
            _ = try Distcron.parseAsRoot(arguments)
            Issue.record("\(arguments) were accepted")
        } catch {
            #expect(Distcron.exitCode(for: error).rawValue == 64)
        }
    }

    @Test("A run's exit code is the job's own, or 1 if it failed without one")
    func runCodes() {
        #expect(WaitOptions.exitCode(of: ["state": "succeeded", "exit_code": 0]) == 0)
        #expect(WaitOptions.exitCode(of: ["state": "failed", "exit_code": 3]) == 3)
        #expect(WaitOptions.exitCode(of: ["state": "failed", "exit_code": 137]) == 137)
        #expect(WaitOptions.exitCode(of: ["state": "timed_out", "exit_code": .null]) == 1)
        #expect(WaitOptions.exitCode(of: ["state": "lost", "exit_code": 0]) == 1)
    }
}
