#if HTTP
import Foundation
import Testing

/// The lines of the documentation, as a person types them, against the built server.
@Suite(
    .enabled(if: Program.path != nil, "the tool is not built"),
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl"), "curl is not installed"),
    .timeLimit(.minutes(5))
)
struct CurlTests {
    private static func output(_ line: String) async throws -> String {
        try await ChildProcess(["/bin/sh", "-c", line], environment: ["PATH": "/usr/bin:/bin"]).result().output
    }

    @Test("The two printed lines work as printed")
    func printedLines() async throws {
        try await Program.serving { url, _ in
            let empty = try await Self.output("curl -sS -X GET \(url)/jobs")
            #expect(empty == "[]\n")
            let job = try await Self.output(
                """
                curl -sS -H "Content-Type: application/json" -X POST \
                -d '{"executable":"ls -la", "schedule":"4 * * * *", "type": "command"}' \(url)/jobs
                """
            )
            #expect(job.hasPrefix(#"{"id":""#))
            let members = #"","status":"scheduled","executable":"ls -la","schedule":"4 * * * *","type":"command"}"#
            #expect(job.hasSuffix(members + "\n"))
            #expect(try await Self.output("curl -sS -X GET \(url)/jobs") == "[\(job.dropLast())]\n")
        }
    }

    @Test("A body of 2 MiB is sent at once, because the server answers Expect: 100-continue")
    func expectContinue() async throws {
        try await Program.serving { url, _ in
            let answer = try await Self.output(
                """
                { printf '{"type":"binary","schedule":"@daily","executable":"'
                  head -c 2097152 /dev/zero | base64 -w0; printf '"}'; } |
                curl -sSi -H "Content-Type: application/json" -H "Expect: 100-continue" --data-binary @- \(url)/jobs
                """
            )
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n"))
            #expect(answer.contains("\r\nHTTP/1.1 201 Created\r\n"))
        }
    }

    @Test("A body that is declared too large is refused without being asked for")
    func tooLarge() async throws {
        try await Program.serving { url, _ in
            let answer = try await Self.output(
                """
                curl -sSi -H "Content-Type: application/json" -H "Expect: 100-continue" -H "Content-Length: 200000000" \
                -d '{}' \(url)/jobs
                """
            )
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("at most 100663296 bytes are allowed"))
        }
    }

    @Test("A page of another name that leads here is kept out")
    func foreignHost() async throws {
        try await Program.serving { url, _ in
            let answer = try await Self.output("curl -sSi -H 'Host: evil.example' \(url)/jobs")
            #expect(answer.hasPrefix("HTTP/1.1 421 "))
        }
    }
}
#endif
