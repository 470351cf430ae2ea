import DistributedCronHTTP
import DistributedCronProcess
import Glibc
import NIOCore
import NIOHTTP1
import Testing

@testable import distcron

/// Requests that come to nothing, and are sent again.
@Suite(.timeLimit(.minutes(1)))
struct RetryTests {
    private static func unavailable(retryAfter: String? = nil) -> Outcome {
        let headers = retryAfter.map { ["Retry-After": $0] } ?? [:]
        return .answered(
            APIClient.Answer(status: 503, headers: HTTPHeaders(headers.map { ($0.key, $0.value) }), body: [])
        )
    }

    @Test("A lost connection and 503 are tried again, a bounded number of times and not for long")
    func rule() {
        let rule = RetryRule(pauses: [.seconds(1), .seconds(3)], longestPause: .seconds(10))
        let lost = Outcome.failed(IOError(errnoCode: ECONNRESET, reason: "test"))
        #expect(rule.pause(after: 1, lost) == .seconds(1))
        #expect(rule.pause(after: 2, lost) == .seconds(3))
        #expect(rule.pause(after: 3, lost) == nil)
        #expect(rule.pause(after: 1, .failed(IOError(errnoCode: ECONNREFUSED, reason: "test"))) == nil)
        #expect(rule.pause(after: 1, Self.unavailable()) == .seconds(1))
        #expect(rule.pause(after: 1, Self.unavailable(retryAfter: "5")) == .seconds(5))
        #expect(rule.pause(after: 2, Self.unavailable(retryAfter: "0")) == .seconds(3))
        #expect(rule.pause(after: 1, Self.unavailable(retryAfter: "3600")) == nil)
        #expect(rule.pause(after: 1, .answered(APIClient.Answer(status: 500, headers: [:], body: []))) == nil)
    }

    private static func client(_ server: FlakyServer) -> APIClient {
        var client = APIClient(baseURL: server.url)
        client.retries.pauses = [.zero, .zero]
        return client
    }

    @Test("After a lost connection the same request goes out again, under the same key")
    func sameKey() async throws {
        let server = try FlakyServer([nil, "503 Service Unavailable", "201 Created"])
        let answer = try await Self.client(server).send(.post, "/jobs", body: .json(["a": 1]))
        #expect(answer.status == 201)
        let requests = await server.requests()
        #expect(requests.count == 3)
        let keys = requests.compactMap { $0.firstMatch(of: #/(?i)idempotency-key: (\S+)/#)?.output.1 }
        #expect(keys.count == 3 && Set(keys).count == 1)
        #expect(requests.allSatisfy { $0.hasSuffix("\r\n\r\n{\"a\":1}\n") })
    }

    @Test("A change is never sent twice: nobody knows whether the first one was made")
    func patch() async throws {
        let server = try FlakyServer([nil])
        let failure = try await #require(throws: Failure.self) {
            try await Self.client(server).send(.patch, "/jobs/x", body: .json([:]), ifMatch: "\"v1\"")
        }
        #expect(failure.code == .unavailable)
        #expect(await server.requests().count == 1)
    }

    @Test(
        "Where the next page is, is read from the header, also where the server has a path of its own",
        arguments: [
            ("http://h:1", "</jobs?cursor=x&limit=5>; rel=\"next\"", "/jobs?cursor=x&limit=5"),
            ("http://h/cron", "</cron/jobs?cursor=x>; rel=\"next\"", "/jobs?cursor=x"),
            ("http://h/cron", "</jobs?cursor=x>; rel=\"prev\"", nil), ("http://h", "nonsense", nil),
        ] as [(String, String, String?)]
    )
    func links(url: String, link: String, path: String?) {
        #expect(Pages.next(in: link, of: APIClient(baseURL: url)) == path)
    }

    @Test("In the end the last answer stands")
    func bounded() async throws {
        let server = try FlakyServer([nil, "503 Service Unavailable", "503 Service Unavailable"])
        let failure = try await #require(throws: Failure.self) { try await Self.client(server).send(.get, "/jobs") }
        #expect(failure.code == .tryAgain)
        #expect(await server.requests().count == 3)
    }
}
