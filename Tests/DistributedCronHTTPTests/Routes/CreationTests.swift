#if HTTP
import DistributedCron
import DistributedCronHTTP
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Creating jobs: trying it out, repeating it, and long files.
struct CreationTests {
    private static let posted = #"{"executable":"true","schedule":"30 4 * * *","type":"command"}"#

    @Test("A dry run says what the job would do, and creates nothing")
    func dryRun() async throws {
        try await TestAPI().test { client in
            let answer = try await client.post("/jobs?dry_run=1", Self.posted)
            #expect(answer.status == .ok)
            #expect(try answer.json["next"]?.array?.count == 5)
            #expect(try answer.json["next"]?.array?.first?["at"] == "2026-11-23T04:30:00Z")
            #expect(try answer.json["words"]?.string?.contains("04:30") == true)
            let wrong = try await client.post(
                "/jobs?dry_run=1",
                #"{"executable":"true","schedule":"x","type":"command"}"#
            )
            #expect(wrong.status == .unprocessableContent)
            #expect(try await client.get("/jobs").text == "[]\n")
        }
    }

    @Test("A request that is repeated with its key creates one job, and says that it is a repetition")
    func idempotency() async throws {
        try await TestAPI().test { client in
            let key = try #require(HTTPField.Name("Idempotency-Key"))
            let first = try await client.post("/jobs", Self.posted, headers: [key: "\"k-1\""])
            #expect(first.status == .created)
            #expect(first.header("Idempotent-Replayed") == nil)
            let second = try await client.post("/jobs", Self.posted, headers: [key: "k-1"])
            #expect(second.status == .created)
            #expect(second.header("Idempotent-Replayed") == "true")
            #expect(second.text == first.text)
            let other = try await client.post("/jobs", Self.posted + " ", headers: [key: "k-1"])
            #expect(other.status == .unprocessableContent)
            #expect(try other.json["type"]?.string == "/problems/idempotency-mismatch")
            #expect(try await client.post("/jobs", Self.posted, headers: [key: "k-2"]).status == .created)
            #expect(try await client.post("/jobs", Self.posted, headers: [key: ""]).status == .unprocessableContent)
            #expect(try await client.get("/jobs").json.array?.count == 2)
        }
    }

    /// A file that is longer than any command, with its BASE64.
    private static func file(_ count: Int) -> (bytes: [UInt8], base64: String) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: count, by: 3) {
            let bits = UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2])
            for shift in [18, 12, 6, 0] { text.append(alphabet[Int(bits >> UInt32(shift) & 63)]) }
        }
        return (bytes, String(decoding: text, as: UTF8.self))
    }

    @Test("A long file goes into the store as it comes, wherever its type is said", arguments: [true, false])
    func longFile(isTypeFirst: Bool) async throws {
        let file = Self.file(300_000)
        let type = #""type":"binary""#
        let executable = #""executable":"\#(file.base64.replacing("/", with: "\\/"))""#
        let members = isTypeFirst ? [type, executable] : [executable, type]
        let body = "{\"schedule\":\"@daily\",\(members.joined(separator: ","))}"
        try await TestAPI().test(.live) { client in
            let answer = try await client.post("/jobs?view=full", body)
            #expect(answer.status == .created)
            #expect(try answer.json["artifact"]?["size"] == 300_000)
            let id = try #require(try answer.json["id"]?.string)
            let artifact = try await client.get("/jobs/\(id)/artifact")
            #expect(Array(buffer: artifact.body) == file.bytes)
            let digest = try #require(try answer.json["artifact"]?["sha256"]?.string)
            #expect(artifact.headers[.eTag] == "\"\(digest)\"")
        }
    }

    @Test("A mistake far into a long file is reported where it is")
    func longMistake() async throws {
        let file = Self.file(120_000).base64
        let broken = "\(file.prefix(150_000))!\(file.dropFirst(150_000))"
        try await TestAPI().test { client in
            let answer = try await client.post(
                "/jobs",
                #"{"executable":"\#(broken)","schedule":"@daily","type":"script"}"#
            )
            #expect(answer.status == .unprocessableContent)
            #expect(try answer.json["type"]?.string == "/problems/invalid-base64")
            #expect(try answer.firstError?["column"] == 150_001)
            #expect(try answer.firstError?["value"] == "!")
            let syntax = try await client.post("/jobs", #"{"executable":"\#(file)","schedule":}"#)
            #expect(syntax.status == .badRequest)
            #expect(try syntax.json["detail"]?.string?.hasPrefix("line 1, column 160029:") == true)
            let cut = try await client.post("/jobs", #"{"executable":"\#(file)"#)
            #expect(cut.status == .badRequest)
        }
    }

    @Test("A command that is too long is refused with its length, wherever its type is said")
    func longCommand() async throws {
        let command = String(repeating: "x", count: 65_537)
        try await TestAPI().test { client in
            for body in [
                #"{"executable":"\#(command)","schedule":"@daily","type":"command"}"#,
                #"{"executable":"\#(command) ","type":"command","schedule":"@daily"}"#,
                #"{"executable":"\#(command)!","type":"command","schedule":"@daily"}"#,
            ] {
                let answer = try await client.post("/jobs", body)
                #expect(answer.status == .unprocessableContent)
                #expect(try answer.firstError?["pointer"] == "/executable")
                #expect(try answer.firstError?["message"]?.string?.contains("6553") == true)
            }
            let longest = #"{"executable":"\#(command.dropLast())","schedule":"@daily","type":"command"}"#
            #expect(try await client.post("/jobs", longest).status == .created)
        }
    }

    @Test("A file above the limit is refused as soon as it is, and so is a body that is long elsewhere")
    func tooLarge() async throws {
        let file = Self.file(120_000).base64
        try await TestAPI(limits: { $0.artifactBytes = 100_000 }).test { client in
            let answer = try await client.post(
                "/jobs",
                #"{"executable":"\#(file)","schedule":"@daily","type":"script"}"#
            )
            #expect(answer.status == .contentTooLarge)
            #expect(try answer.json["detail"]?.string?.contains("100000") == true)
            let long = String(repeating: "x", count: 1_100_000)
            let other = try await client.post("/jobs", #"{"description":"\#(long)","executable":"true"}"#)
            #expect(other.status == .contentTooLarge)
        }
    }

    @Test(
        "Bad input is refused with its kind",
        arguments: [
            ("[]", 422, "invalid-field"), ("7", 422, "invalid-field"), (#""x""#, 422, "invalid-field"),
            (#"{"executable":"","schedule":"@daily","type":"script"}"#, 422, "invalid-field"),
            (#"{"executable":"","schedule":"@daily","type":"command"}"#, 422, "invalid-field"),
            (#"{"executable":"a\u0000b","schedule":"@daily","type":"command"}"#, 422, "invalid-field"),
            (#"{"executable":"true","schedule":"0 0 31 2 *","type":"command"}"#, 422, "invalid-schedule"),
            (#"{"executable":"true","schedule":"","type":"command"}"#, 422, "invalid-schedule"),
            (#"{"executable":"true","schedule":"@daily","type":"command","timeout_s":1e999}"#, 422, "invalid-field"),
            (
                #"{"executable":"true","schedule":"@daily","type":"command","timeout_s":99999999999999999999}"#,
                422, "invalid-field"
            ),
            (#"{"executable":"true","schedule":"@daily","type":"command","env":{"A":1}}"#, 422, "invalid-field"),
            (#"{"executable":"true","schedule":"@daily","type":"command","env":{"A=B":"1"}}"#, 422, "invalid-field"),
            (#"{"executable":"true","schedule":"@daily","type":"command","cwd":"x"}"#, 422, "invalid-field"),
            (#"{"executable":"\ud800","schedule":"@daily","type":"command"}"#, 400, "invalid-json"),
            (#"{"executable":"true","executable":"false"}"#, 400, "invalid-json"),
            (#"{"a":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}"#, 400, "invalid-json"),
        ]
    )
    func badInput(body: String, status: Int, kind: String) async throws {
        try await TestAPI().test { client in
            let answer = try await client.post("/jobs", body)
            #expect(answer.status.code == status)
            #expect(try answer.json["type"]?.string == "/problems/\(kind)")
        }
    }

    @Test("A client that would not read JSON is told before anything happens")
    func notAcceptable() async throws {
        try await TestAPI().test { client in
            let answer = try await client.post("/jobs", Self.posted, headers: [.accept: "text/html"])
            #expect(answer.status == .notAcceptable)
            #expect(try await client.get("/jobs").text == "[]\n")
        }
    }
}
#endif
