#if HTTP
import DistributedCronHTTP
import HummingbirdTesting
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#endif
import Foundation

/// The lines of the documentation, as a person types them.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl"), "curl is not installed"))
struct CurlTests {
    @Test("The two printed lines work as printed")
    func printedLines() async throws {
        try await TestAPI().test(.live) { client in
            let url = "http://localhost:\(try #require(client.port))/jobs"
            #expect(try await Shell.output("curl -sS -X GET \(url)") == "[]\n")
            let job = try await Shell.output(
                """
                curl -sS -H "Content-Type: application/json" -X POST \
                -d '{"executable":"ls -la", "schedule":"4 * * * *", "type": "command"}' \(url)
                """
            )
            let pattern =
                #/\{"id":"[0-9a-f-]{36}","status":"scheduled","executable":"ls -la","schedule":"4 \* \* \* \*","type":"command"\}\n/#
            #expect(try pattern.wholeMatch(in: job) != nil)
            #expect(try await Shell.output("curl -sS -X GET \(url)") == "[\(job.dropLast())]\n")
        }
    }

    @Test("A body of 2 MiB is sent at once, because the server answers Expect: 100-continue")
    func expectContinue() async throws {
        try await TestAPI().test(.live) { client in
            let url = "http://localhost:\(try #require(client.port))/jobs"
            let answer = try await Shell.output(
                """
                { printf '{"type":"binary","schedule":"@daily","executable":"'; head -c 2097152 /dev/zero | base64; printf '"}'; } \
                | tr -d '\\n' | curl -sSi -H "Content-Type: application/json" -H "Expect: 100-continue" \
                --data-binary @- \(url)
                """
            )
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n"))
            #expect(answer.contains("\r\nHTTP/1.1 201 Created\r\n"))
        }
    }

    @Test("A body that is declared too large is refused without being asked for")
    func tooLarge() async throws {
        var configuration = JobsAPI.Configuration()
        configuration.maximumBodyBytes = 1_000
        try await TestAPI(configuration: configuration).test(.live) { client in
            let url = "http://localhost:\(try #require(client.port))/jobs"
            let answer = try await Shell.output(
                """
                head -c 2097152 /dev/zero | curl -sSi -H "Content-Type: application/json" -H "Expect: 100-continue" \
                --data-binary @- \(url)
                """
            )
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
        }
    }
}
#endif
