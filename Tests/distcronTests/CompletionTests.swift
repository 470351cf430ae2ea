#if HTTP
import Foundation
import Testing

/// Scripts that complete words in shells.
@Suite(.enabled(if: Program.path != nil, "the tool is not built"), .timeLimit(.minutes(5)))
struct CompletionTests {
    private static func bash(_ script: String, url: String) async throws -> ChildProcess.Result {
        let path = URL(filePath: try #require(Program.path)).deletingLastPathComponent().path()
        return try await ChildProcess(
            ["/bin/bash", "-c", script],
            environment: ["PATH": "\(path):/usr/bin:/bin", "DISTCRON_URL": url]
        ).result()
    }

    /// What bash offers for a line whose last word is being typed.
    private static func completions(of line: String, url: String) async throws -> [Substring] {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        let script = """
            source <(distcron completion bash)
            COMP_WORDS=(\(words.map { "'\($0)'" }.joined(separator: " ")))
            COMP_CWORD=\(words.count - 1) COMP_LINE='\(line)' COMP_POINT=\(line.utf8.count)
            _distcron distcron '\(words.last ?? "")' '\(words.dropLast().last ?? "")'
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        return try await Self.bash(script, url: url).output.split(separator: "\n")
    }

    @Test("The script for bash is valid, and there is one for each shell")
    func scripts() async throws {
        let check = try await Self.bash("distcron completion bash | bash -n && distcron completion zsh", url: "")
        #expect(check.status == 0 && check.output.hasPrefix("#compdef distcron"))
        #expect(try await Program.run("completion", "fish").output.contains("complete -c 'distcron'"))
    }

    @Test("Commands complete, and so do names of jobs that can still run")
    func names() async throws {
        try await Program.serving { url, _ in
            for name in ["backup", "billing", "cleanup", "bygone"] {
                _ = try await Program.run("add", "@daily true", "--name", name, url: url)
            }
            _ = try await Program.run("rm", "bygone", url: url)
            #expect(try await Self.completions(of: "distcron pau", url: url) == ["pause"])
            #expect(try await Self.completions(of: "distcron pause b", url: url) == ["backup", "billing"])
            #expect(try await Self.completions(of: "distcron pause backup c", url: url) == ["cleanup"])
            #expect(try await Self.completions(of: "distcron run ba", url: url) == ["backup"])
        }
    }

    @Test("Identities of workers complete")
    func workers() async throws {
        try await Program.serving { url, _ in
            _ = try await Program.run("add", "@yearly true", "--name", "a", url: url)
            // After it there is a worker.
            #expect(try await Program.run("run", "a", "--wait", url: url).status == 0)
            let worker = try await Program.run("workers", "-o", "name", url: url).output.dropLast()
            #expect(try await Self.completions(of: "distcron drain \(worker.prefix(3))", url: url) == [worker])
            #expect(try await Self.completions(of: "distcron undrain x", url: url).isEmpty)
        }
    }

    @Test("Without a server there are no names, and no message")
    func noServer() async throws {
        let server = try FlakyServer([])
        let result = try await Self.bash(
            "distcron ---completion pause -- positional@0 2 0 distcron pause b",
            url: server.url
        )
        #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result)")
    }
}
#endif
