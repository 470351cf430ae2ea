#if HTTP
import DistributedCron
@testable import DistributedCronHTTP
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

/// How the query of a request is read.
struct QueryTests {
    private static func request(_ query: String) -> Request {
        let head = HTTPRequest(method: .get, scheme: nil, authority: "localhost", path: "/jobs?\(query)")
        return Request(head: head, body: RequestBody(buffer: ByteBuffer()))
    }

    private static func query(_ text: String, _ known: [Query.Parameter] = ["a", "b"]) throws -> Query {
        try Query(Self.request(text), known: known)
    }

    private static func problem(_ text: String, _ known: [Query.Parameter] = ["limit", "cursor"]) -> Problem? {
        do {
            _ = try Query(Self.request(text), known: known)
            return nil
        } catch {
            return error
        }
    }

    @Test("Values are decoded as forms encode them")
    func decoding() throws {
        let query = try Self.query("a=4+*%20%2B+%C3%A9&b")
        #expect(try Self.query("a=%F0%9F%8F%BB&b=x")["a"] == "\u{1F3FB}")
        #expect(query["a"] == "4 * + é")
        #expect(query["b"] == "")
        #expect(query["c"] == nil)
    }

    @Test("A parameter that is not known is refused, with the one that was meant")
    func unknown() {
        #expect(Self.problem("limt=5")?.items.first?.suggestion == "limit")
        #expect(Self.problem("x=5")?.kind == .invalidField)
        #expect(Self.problem("limit=5&cursor=x") == nil)
    }

    @Test("A parameter that is given twice is refused, unless it may be")
    func twice() throws {
        #expect(Self.problem("limit=5&limit=6")?.items.first?.field == "limit")
        let query = try Self.query("label=a&label=b", [.init("label", isRepeatable: true)])
        #expect(query.all("label") == ["a", "b"])
    }

    @Test("What is not encoded is refused", arguments: ["limit=%", "limit=%4", "limit=%xy", "limit=%ff", "limit=%+1"])
    func malformed(text: String) { #expect(Self.problem(text)?.kind == .invalidField) }

    @Test("A link repeats what was asked for, encoded again")
    func links() throws {
        let query = try Self.query("a=x%26y+z&b=1")
        #expect(query.repeated(without: ["b"]) == "&a=x%26y%20z")
    }

    @Test(
        "Numbers are whole and in their range",
        arguments: ["0", "-1", "1.0", "11", "+5", "", "x", "99999999999999999999"]
    )
    func numbers(text: String) throws {
        let query = try Self.query("a=\(text)")
        #expect(throws: Problem.self) { try query.integer("a", in: 1...10) }
        #expect(try Self.query("a=10").integer("a", in: 1...10) == 10)
    }

    @Test("An offset may have lost its plus sign to the decoding")
    func instants() throws {
        let query = try Self.query("a=2026-11-22T23:00:00+01:00")
        #expect(try query.instant("a")?.description == "2026-11-22T22:00:00Z")
        let other = try Self.query("a=tomorrow")
        #expect(throws: Problem.self) { try other.instant("a") }
    }
}
#endif
