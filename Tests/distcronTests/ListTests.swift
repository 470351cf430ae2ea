#if HTTP
import DistributedCronHTTP
import Testing

@testable import distcron

/// Lists of jobs, from the built server.
@Suite(.enabled(if: Program.path != nil, "the tool is not built"), .timeLimit(.minutes(5)))
struct ListTests {
    @Test("A list is whole however many pages the server hands it out in")
    func pages() async throws {
        try await Program.serving { url, _ in
            let count = 501
            let client = APIClient(baseURL: url)
            for number in 1...count {
                let job: JSONValue = [
                    "executable": "true", "schedule": "@daily", "type": "command", "name": .string("j\(number)"),
                ]
                _ = try await client.send(.post, "/jobs", body: .json(job))
            }
            let names = try await Program.run("list", "-o", "name", url: url).output.split(separator: "\n")
            #expect(names == (1...count).map { "j\($0)" })
            let last = try await Program.run("list", "-o", "name", "--limit", "501", url: url).output
            #expect(last.hasSuffix("\nj501\n"))
            #expect(try await Program.run("get", "j501", "-o", "name", url: url).output == "j501\n")
        }
    }

    @Test("Lists are filtered, sorted and cut; pages make no difference; failing jobs have an exit code")
    func lists() async throws {
        try await Program.serving { url, _ in
            for (name, command) in [("c", "false"), ("a", "true"), ("b", "exit 4")] {
                _ = try await Program.run("add", "@daily \(command)", "--name", name, "--label", "n=\(name)", url: url)
            }
            _ = try await Program.run("run", "c", "--wait", url: url)
            for (arguments, names) in [
                (["--sort", "name"], "a\nb\nc\n"), (["--sort", "name", "--limit", "2"], "a\nb\n"), ([], "c\na\nb\n"),
                (["--limit", "2"], "c\na\n"), (["--failing"], "c\n"), (["--label", "n=b"], "b\n"),
                (["--search", "exit"], "b\n"),
                (["--sort", "status"], "c\na\nb\n"), (["--type", "script"], ""),
            ] {
                let result = try await Program.start(["list", "-o", "name"] + arguments, url: url).result()
                #expect(result.output == names, "\(arguments): \(result.errors)")
            }
            #expect(try await Program.run("list", "--failing", "--exit-code", url: url).status == 1)
            #expect(try await Program.run("list", "-o", "jsonl", url: url).output.split(separator: "\n").count == 3)
            let wide = try await Program.run("list", "-o", "wide", url: url)
            #expect(wide.output.contains("n=b") && wide.output.contains("1, 1 failed"))
        }
    }
}
#endif
