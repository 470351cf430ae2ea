#if HTTP
@testable import DistributedCronHTTP
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

/// Which bodies are taken for JSON, and who gets JSON.
struct MediaTypeTests {
    private static func request(_ headers: HTTPFields) -> Request {
        let head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/", headerFields: headers)
        return Request(head: head, body: RequestBody(buffer: ByteBuffer()))
    }

    @Test(
        "JSON is declared as such, in UTF-8 if at all",
        arguments: [
            "application/json", "Application/JSON;charset=utf-8", "application/json; charset=\"UTF-8\"",
            "application/json ; x=y",
        ]
    )
    func json(type: String) throws { try Self.request([.contentType: type]).requireJSON() }

    @Test(
        "Anything else is refused",
        arguments: [
            "text/plain", "application/jsonp", "", "application/json; charset=utf-16",
            "application/json;charset=latin1",
            "application/merge-patch+json", "application/json, text/plain",
        ]
    )
    func notJSON(type: String) {
        #expect(throws: Problem.self) { try Self.request([.contentType: type]).requireJSON() }
    }

    @Test(
        "A client that takes JSON gets it",
        arguments: [
            "*/*", "application/json", "application/*;q=0.1", "text/html, application/json;q=0.9", "text/*, */*;q=0.1",
            "application/json;q=x", "APPLICATION/JSON",
        ]
    )
    func accepted(ranges: String) throws { try Self.request([.accept: ranges]).requireAcceptance() }

    @Test(
        "A client that excludes JSON is told",
        arguments: ["text/html", "application/json;q=0, */*", "*/*;q=0", "text/*"]
    )
    func excluded(ranges: String) {
        #expect(throws: Problem.self) { try Self.request([.accept: ranges]).requireAcceptance() }
    }

    @Test("A client that says nothing takes JSON")
    func silent() throws { try Self.request([:]).requireAcceptance() }
}
#endif
