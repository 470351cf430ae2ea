#if HTTP
import DistributedCron
import DistributedCronHTTP
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Files of jobs, read in parts and replaced as they are.
struct ArtifactRouteTests {
    private static let script = #""executable":"ZWNobyBoaQo=","schedule":"@daily","type":"script""#

    @Test("A file is read in parts, and not again while it is the same")
    func reading() async throws {
        try await TestAPI().test { client in
            let path = "/jobs/\(try await client.createJob(Self.script))/artifact"
            let whole = try await client.get(path)
            #expect(whole.text == "echo hi\n")
            #expect(whole.headers[.acceptRanges] == "bytes")
            let tag = try #require(whole.headers[.eTag])
            let part = try await client.get(path, headers: [.range: "bytes=5-6"])
            #expect(part.status == .partialContent)
            #expect(part.text == "hi")
            #expect(part.headers[.contentRange] == "bytes 5-6/8")
            #expect(try await client.get(path, headers: [.range: "bytes=-3"]).text == "hi\n")
            let outside = try await client.get(path, headers: [.range: "bytes=8-"])
            #expect(outside.status == .rangeNotSatisfiable)
            #expect(outside.headers[.contentRange] == "bytes */8")
            #expect(try await client.get(path, headers: [.range: "lines=1-2"]).status == .ok)
            #expect(try await client.get(path, headers: [.ifNoneMatch: tag]).status == .notModified)
            #expect(try await client.get(path, headers: [.ifNoneMatch: "\"x\""]).status == .ok)
            let changed = try await client.get(path, headers: [.range: "bytes=5-6", .ifRange: "\"x\""])
            #expect(changed.text == "echo hi\n")
        }
    }

    @Test("A file is replaced by the body as it is")
    func replacing() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob(Self.script)
            let answer = try await client.send(.put, "/jobs/\(id)/artifact", "echo\u{0}", headers: [:])
            #expect(answer.status == .noContent)
            #expect(answer.headers[.eTag] == "\"v2\"")
            #expect(try await client.get("/jobs/\(id)/artifact").text == "echo\u{0}")
            #expect(try await client.get("/jobs/\(id)").json["type"] == "script")
            let binary = try await client.send(.put, "/jobs/\(id)/artifact?type=binary", "x", headers: [:])
            #expect(binary.status == .noContent)
            #expect(try await client.get("/jobs/\(id)").json["type"] == "binary")
        }
    }

    @Test("A digest that is sent with a file is verified")
    func digest() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob(Self.script)
            let name = try #require(HTTPField.Name("Content-Digest"))
            // The SHA-256 of "abc", of FIPS 180-2.
            let right = "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"
            let path = "/jobs/\(id)/artifact"
            #expect(try await client.send(.put, path, "abc", headers: [name: right]).status == .noContent)
            let wrong = try await client.send(.put, path, "abd", headers: [name: right])
            #expect(wrong.status == .badRequest)
            #expect(try wrong.json["type"]?.string == "/problems/digest-mismatch")
            #expect(try await client.send(.put, path, "abc", headers: [name: "sha-256=x"]).status == .badRequest)
            #expect(try await client.send(.put, path, "abd", headers: [name: "md5=:x:"]).status == .noContent)
            #expect(try await client.get(path).text == "abd")
        }
    }

    @Test("A job without a file gets one only if it is said what it is")
    func command() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob()
            #expect(
                try await client.send(.put, "/jobs/\(id)/artifact", "x", headers: [:]).status == .unprocessableContent
            )
            let answer = try await client.send(.put, "/jobs/\(id)/artifact?type=script", "x", headers: [:])
            #expect(answer.status == .noContent)
            #expect(
                try await client.send(.put, "/jobs/\(id)/artifact", "", headers: [:]).status == .unprocessableContent
            )
        }
    }

    @Test("A file above the limit is refused")
    func tooLarge() async throws {
        try await TestAPI(limits: { $0.artifactBytes = 10 }).test { client in
            let id = try await client.createJob(Self.script)
            let path = "/jobs/\(id)/artifact"
            #expect(try await client.send(.put, path, "01234567890", headers: [:]).status == .contentTooLarge)
            #expect(try await client.send(.put, path, "0123456789", headers: [:]).status == .noContent)
        }
    }
}
#endif
