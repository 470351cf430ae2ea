#if HTTP
@testable import DistributedCronHTTP
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

/// Who may use a server that asks nobody who they are.
struct RequestGuardTests {
    private static let requestGuard = RequestGuard(
        allowedHosts: ["cron.example.org"],
        externalOrigin: "https://cron.example.org"
    )

    private static func kind(host: String?, headers: HTTPFields = [:]) -> ProblemKind? {
        let head = HTTPRequest(method: .get, scheme: nil, authority: host, path: "/jobs", headerFields: headers)
        do {
            try Self.requestGuard.check(Request(head: head, body: RequestBody(buffer: ByteBuffer())))
            return nil
        } catch {
            return error.kind
        }
    }

    @Test(
        "Loopback addresses and configured names are the server's own",
        arguments: [
            "localhost", "localhost:30000", "LOCALHOST:1", "127.0.0.1", "127.1.2.3:30000", "[::1]", "[::1]:30000",
            "cron.example.org", "Cron.Example.org:443",
        ]
    )
    func own(host: String) { #expect(Self.kind(host: host) == nil) }

    @Test(
        "Any other name could be pointed here by a foreign page",
        arguments: [
            "", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.256", "128.0.0.1", "[::2]",
            "localhost:", "localhost:x", "a@localhost", "[::1", "0.0.0.0", "127.0.1",
        ]
    )
    func foreign(host: String) { #expect(Self.kind(host: host) == .unknownHost) }

    @Test("A request without a host is not for this server")
    func noHost() { #expect(Self.kind(host: nil) == .unknownHost) }

    @Test("Pages of other origins are kept out, the server's own are not")
    func origins() throws {
        let site = try #require(HTTPField.Name("Sec-Fetch-Site"))
        #expect(Self.kind(host: "localhost:1", headers: [.origin: "http://localhost:1"]) == nil)
        #expect(Self.kind(host: "localhost:1", headers: [.origin: "https://cron.example.org"]) == nil)
        #expect(Self.kind(host: "localhost:1", headers: [site: "same-origin"]) == nil)
        #expect(Self.kind(host: "localhost:1", headers: [site: "none"]) == nil)
        for origin in ["http://localhost:2", "https://localhost:1", "null", "http://evil.example", ""] {
            #expect(Self.kind(host: "localhost:1", headers: [.origin: origin]) == .forbidden)
        }
        for value in ["cross-site", "same-site", ""] {
            #expect(Self.kind(host: "localhost:1", headers: [site: value]) == .forbidden)
        }
    }
}
#endif
