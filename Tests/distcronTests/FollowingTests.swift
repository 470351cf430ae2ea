#if HTTP
import DistributedCronHTTP
import Foundation
import Testing

/// Logs that are followed, whatever happens to the server or the person meanwhile.
@Suite(.enabled(if: Program.path != nil, "the tool is not built"), .timeLimit(.minutes(5)))
struct FollowingTests {
    /// Adds a job that goes on when there is a file.
    private static func add(_ name: String, _ url: String, signal: String) async throws {
        let command = "echo begin $DISTCRON_ATTEMPT; until [ -e \(signal) ]; do sleep 0.05; done; echo end; exit 4"
        let added = try await Program.run(
            "add",
            "--schedule",
            "@daily",
            "--command",
            command,
            "--name",
            name,
            url: url
        )
        #expect(added.status == 0, "\(added.errors)")
    }

    @Test("A run is shown while it writes; Ctrl-C ends the client, and the run goes on")
    func interruption() async throws {
        try await Program.serving { url, directory in
            let signal = "\(directory)/signal"
            try await Self.add("a", url, signal: signal)
            let client = try Program.start(["run", "--wait", "a"], url: url)
            #expect(await client.output(until: "begin 1\n") == "begin 1\n")
            client.terminate(SIGINT)
            let interrupted = await client.result()
            #expect(interrupted.status == 130)
            #expect(interrupted.errors.contains("the run goes on; end it with: distcron cancel "))
            let follower = try Program.start(["logs", "-f", "-n", "1", "a"], url: url)
            #expect(await follower.output(until: "begin 1\n") == "begin 1\n")
            try Data().write(to: URL(filePath: signal))
            let result = await follower.result()
            #expect(result.status == 0 && result.output == "end\n" && result.errors.hasPrefix("failed: exit 4"))
        }
    }

    @Test("A wait that takes too long exits with 124, and with JSON nothing else is printed")
    func timeout() async throws {
        try await Program.serving { url, directory in
            let signal = "\(directory)/signal"
            try await Self.add("a", url, signal: signal)
            #expect(try await Program.run("run", "--wait", "--timeout", "1s", "a", url: url).status == 124)
            try Data().write(to: URL(filePath: signal))
            _ = try await Program.run("logs", "-f", "a", url: url)
            let run = try await Program.run("run", "--wait", "-o", "json", "a", url: url)
            #expect(run.status == 4)
            #expect(try JSONParser.parse(Array(run.output.utf8))["exit_code"]?.integer == 4)
        }
    }

    @Test("When the server is killed, the follower waits for its successor and shows the next attempt")
    func killedServer() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "distcron-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let first = try Program.start(["up", "--port", "0", "--data-dir", directory])
        let banner = await first.output(until: "Serving.")
        let url = String(try #require(banner.firstMatch(of: #/http://localhost:\d+/#)).output)
        let signal = "\(directory)/signal"
        try await Self.add("a", url, signal: signal)
        let client = try Program.start(["run", "--wait", "a"], url: url)
        #expect(await client.output(until: "begin 1\n") == "begin 1\n")
        first.terminate(SIGKILL)
        _ = await first.result()
        try Data().write(to: URL(filePath: signal))
        let port = String(try #require(url.split(separator: ":").last))
        let second = try Program.start(["up", "--port", port, "--data-dir", directory])
        let result = await client.result()
        #expect(result.status == 4, "\(result.errors)")
        #expect(result.output == "begin 2\nend\n")
        #expect(result.errors.hasPrefix("(attempt 2)\nfailed: exit 4"))
        second.terminate()
        #expect(await second.result().status == 0)
    }
}
#endif
