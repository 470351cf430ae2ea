#if HTTP
import Foundation
import Testing

@Suite(.enabled(if: Program.path != nil, "the tool is not built"), .timeLimit(.minutes(5)))
struct KilledServerTests {
    @Test("What a killed server leaves running is ended by the next server on its directory")
    func leftovers() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "distcron-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let witness = "\(directory)/pid"
        let first = try Program.start(["up", "--port", "0", "--data-dir", directory])
        let url = try await self.url(of: first)
        // Its child is in the same session, and neither heeds SIGTERM.
        let command = """
            trap '' TERM; sleep 600 & echo $$ $! > \(witness).new; mv \(witness).new \(witness); while :; do sleep 1; done
            """
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
        let processes = try await self.processes(in: witness)
        first.terminate(SIGKILL)
        #expect(await first.result().status == 137)
        #expect(processes.allSatisfy(Self.isAlive), "the test is pointless")

        let second = try Program.start(["up", "--port", "0", "--data-dir", directory])
        _ = try await self.url(of: second)
        // The banner does not wait for it; the suite's time limit is the limit.
        while processes.contains(where: Self.isAlive) { try await ContinuousClock().sleep(for: .milliseconds(20)) }
        second.terminate()
        #expect(await second.result().status == 0)
    }

    private func url(of server: ChildProcess) async throws -> String {
        let banner = await server.output(until: "Serving.")
        return String(try #require(banner.firstMatch(of: #/http://localhost:\d+/#)).output)
    }

    private func processes(in file: String) async throws -> [pid_t] {
        while true {
            let text = try? String(contentsOfFile: file, encoding: .utf8)
            let processes = text?.split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) } ?? []
            if processes.count == 2 { return processes }
            try await ContinuousClock().sleep(for: .milliseconds(20))
        }
    }

    /// Whether a process exists and does not only wait to be reaped.
    private static func isAlive(_ process: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return false }
        return !status.contains("State:\tZ")
    }
}
#endif
