#if HTTP
import Foundation
import Testing

/// Logs of real processes, as curl sees them.
@Suite(
    .enabled(if: Program.path != nil, "the tool is not built"),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl"), "curl is not installed"),
    .timeLimit(.minutes(5))
)
struct LogCurlTests {
    private static func output(_ line: String) async throws -> String {
        try await ChildProcess(["/bin/sh", "-c", line], environment: ["PATH": "/usr/bin:/bin"]).result().output
    }

    private static func identity(in answer: String) throws -> String {
        String(try #require(answer.firstMatch(of: #/"id":"([^"]+)"/#)).output.1)
    }

    /// Creates a job and runs it, as far as the wait that is asked for.
    private static func run(_ command: String, _ url: String, wait: Int) async throws -> (job: String, run: String) {
        let job = try Self.identity(
            in: await Self.output(
                """
                curl -sS -H "Content-Type: application/json" \(url)/jobs \
                -d '{"executable":"\(command)", "schedule":"@yearly", "type": "command"}'
                """
            )
        )
        let run = try await Self.output("curl -sS -X POST -H 'Prefer: wait=\(wait)' \(url)/jobs/\(job)/runs")
        return (job, try Self.identity(in: run))
    }

    @Test("A stream shows what a process writes while it runs, and how it ends")
    func stream() async throws {
        try await Program.serving { url, directory in
            // The process goes on only when its first line has been seen.
            let signal = "\(directory)/signal"
            let ids = try await Self.run(
                "echo one; until [ -e \(signal) ]; do sleep 0.1; done; echo two >&2; exit 3",
                url,
                wait: 0
            )
            let events = try await Self.output(
                """
                curl -sSN \(url)/runs/\(ids.run)/log/stream | while IFS= read -r line; do
                    printf '%s\\n' "$line"; case "$line" in *one*) touch \(signal) ;; esac
                done
                """
            )
            #expect(events.contains("id: 4\nevent: log\ndata: {\"stream\":\"stdout\",\"text\":\"one\\n\"}\n\n"))
            #expect(events.contains("id: 8\nevent: log\ndata: {\"stream\":\"stderr\",\"text\":\"two\\n\"}\n\n"))
            #expect(events.contains("id: end\nevent: end\ndata: {\"state\":\"failed\",\"result\":\"failure\""))
            let after = try await Self.output("curl -sSN -H 'Last-Event-ID: 4' \(url)/runs/\(ids.run)/log/stream")
            #expect(!after.contains("one"))
            #expect(after.contains("two"))
            let job = try await Self.output("curl -sS '\(url)/jobs/\(ids.job)?view=full'")
            #expect(job.contains(#""last_run":{"id":"\#(ids.run)","state":"failed","result":"failure""#))
            #expect(job.contains(#""stats":{"runs_24h":1,"failures_24h":1,"#))
        }
    }

    @Test("A log that is longer than its tail is read whole, in parts, and by its last lines")
    func longLog() async throws {
        try await Program.serving { url, _ in
            let log = "\(url)/runs/\(try await Self.run("seq 1 20000", url, wait: 60).run)/log"
            #expect(try await Self.output("curl -sS \(log) | cksum") == Self.output("seq 1 20000 | cksum"))
            #expect(try await Self.output("curl -sS -r 0-3 \(log)") == "1\n2\n")
            #expect(try await Self.output("curl -sS '\(log)?tail=2'") == "19999\n20000\n")
            #expect(
                try await Self.output("curl -sS '\(log)?tail=15000&ansi=strip' | cksum")
                    == Self.output("seq 5001 20000 | cksum")
            )
            let end = try await Self.output("curl -sSi '\(log)?stream=stdout'")
            #expect(end.contains("Dropped-Bytes: 43358\r\n"))
            #expect(end.hasSuffix("19999\n20000\n"))
        }
    }
}
#endif
