#if HTTP
import DistributedCronHTTP
import Foundation
import Testing

/// The whole path in the built tool: server, API, manager, worker, processes, and the commands that talk to them.
@Suite(.enabled(if: Program.path != nil, "the tool is not built"), .timeLimit(.minutes(5)))
struct EndToEndTests {
    @Test("The demo runs its job and ends with that run's exit code")
    func demo() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "distcron-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let result = try await Program.run("up", "--demo", "--once", "--port", "0", "--data-dir", directory)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains(#"✓ job demo added: "ls -la" at minute 4 of every hour"#))
        #expect(result.output.contains("  │ total "))
        #expect(result.output.contains("✓ finished: exit 0"))
    }

    @Test("A job is added, run and looked at; its exit code is passed on")
    func job() async throws {
        try await Program.serving { url, directory in
            let added = try await Program.run(
                "add",
                "4 * * * * echo out; echo err >&2; exit 3",
                "--name",
                "a",
                url: url
            )
            #expect(added.status == 0, "\(added.errors)")
            let id = added.output.trimmingCharacters(in: .newlines)
            let run = try await Program.run("run", "--wait", "a", url: url)
            #expect(run.status == 3, "\(run.errors)")
            #expect(run.output == "out\n" && run.errors == "err\nfailed: exit 3 in \(Self.seconds(in: run.errors)) s\n")
            #expect(try await Program.run("logs", "a", "--stream", "stderr", url: url).output == "err\n")
            #expect(try await Program.run("list", url: url).output.contains("error"))
            #expect(try await Program.run("list", "-o", "name", url: url).output == "a\n")
            let runs = try JSONParser.parse(
                Array(try await Program.run("runs", id, "-o", "json", url: url).output.utf8)
            )
            #expect(runs.array?.first?["exit_code"]?.integer == 3)
            #expect(runs.array?.first?["state"]?.string == "failed")
            #expect(try await Program.run("next", "a", "-n", "1", url: url).output.contains(":04:00Z\n"))
            #expect(try await Program.run("explain", "a", url: url).status == 0)
            #expect(try await Program.run("add", "@daily true", "--name", "a", url: url).status == 73)
            #expect(try await Program.run("rm", "a", url: url).status == 0)
            #expect(try await Program.run("get", id, "-o", "json", url: url).output.contains(#""status":"finished""#))
        }
    }

    /// The time that a run took, as the last line of errors says it.
    private static func seconds(in errors: String) -> Substring {
        errors.firstMatch(of: #/ in ([0-9.]+) s\n$/#)?.output.1 ?? ""
    }

    @Test("Ctrl-C ends a job that does not listen, after its grace, and the server's exit code is 0")
    func stubbornJob() async throws {
        var process: pid_t?
        try await Program.serving(endedBy: SIGINT) { url, directory in
            let witness = "\(directory)/pid"
            let command =
                "trap '' TERM INT; echo $$ > \(witness).new; mv \(witness).new \(witness); while :; do sleep 1; done"
            let added = try await Program.run(
                "add",
                "--schedule",
                "@daily",
                "--command",
                command,
                "--name",
                "stubborn",
                "--kill-grace",
                "1",
                url: url
            )
            #expect(added.status == 0, "\(added.errors)")
            let run = try await Program.run("run", "stubborn", url: url)
            #expect(run.status == 0, "\(run.errors)")
            while process == nil {
                try await ContinuousClock().sleep(for: .milliseconds(20))
                process = (try? String(contentsOfFile: witness, encoding: .utf8)).flatMap {
                    pid_t($0.trimmingCharacters(in: .newlines))
                }
            }
        }
        #expect(try kill(#require(process), 0) == -1, "the job has outlived the server")
    }

    @Test("A signal that ends a job is passed on as 128 and its number; a script is uploaded and run")
    func signalsAndScripts() async throws {
        try await Program.serving { url, directory in
            _ = try await Program.run("add", "--schedule", "@daily", "--command", "kill -9 $$", "--name", "k", url: url)
            #expect(try await Program.run("run", "--wait", "k", url: url).status == 137)
            let script = "\(directory)/job.sh"
            try Data("#!/bin/sh\necho script $DISTCRON_ATTEMPT\n".utf8).write(to: URL(filePath: script))
            let added = try await Program.run(
                "add",
                "--schedule",
                "@daily",
                "--script",
                script,
                "--name",
                "s",
                url: url
            )
            #expect(added.status == 0, "\(added.errors)")
            #expect(try await Program.run("run", "--wait", "s", url: url).output == "script 1\n")
        }
    }

    @Test("A port that is taken ends the second server with 69, which says what to do")
    func portTaken() async throws {
        try await Program.serving { url, directory in
            let port = try #require(url.split(separator: ":").last)
            let second = try await Program.run("up", "--port", String(port), "--data-dir", "\(directory)/2")
            #expect(second.status == 69)
            #expect(second.errors.contains("error: port \(port) is taken"))
            #expect(second.errors.contains("--port"))
        }
    }

    @Test("Without a server the exit code is 69; expressions need none")
    func unreachable() async throws {
        let url = "http://127.0.0.1:1"
        let result = try await Program.run("list", url: url)
        #expect(result.status == 69)
        #expect(result.errors.contains("error: no server answers at \(url)"))
        #expect(
            try await Program.run("next", "0 0 29 2 *", "--after", "2026-01-01T00:00:00Z", "-n", "1", url: url).output
                == "2028-02-29T00:00:00Z\n"
        )
        let invalid = try await Program.run("explain", "61 * * * *", url: url)
        #expect(invalid.status == 65)
        #expect(invalid.errors.contains("\n  ^^ minute 61 is outside 0-59\n"))
        #expect(invalid.output.isEmpty)
    }

    @Test("A job or a run that is not there exits with 3; a file that is not there with 66")
    func missing() async throws {
        try await Program.serving { url, _ in
            let nobody = try await Program.run("get", "nobody", url: url)
            #expect(nobody.status == 3)
            #expect(try await Program.run("logs", "00000000-0000-7000-8000-000000000000", url: url).status == 3)
            #expect(try await Program.run("add", "--schedule", "@daily", "--script", "/nowhere", url: url).status == 66)
            #expect(try await Program.run("add", "--schedule", "61 * * * *", "--command", "x", url: url).status == 65)
        }
    }
}
#endif
