#if HTTP
import DistributedCron
import DistributedCronHTTP
import HTTPTypes
import HummingbirdTesting
import Testing

/// Backfills as clients see them, without a worker that would run anything.
struct BackfillRouteTests {
    private static let range = #""from":"2026-11-20T00:00:00+01:00","to":"2026-11-22T00:00:01Z""#

    @Test("A backfill answers 202 with what is to be run, and where that is listed")
    func backfill() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            let answer = try await client.post("/jobs/\(job)/backfill", #"{\#(Self.range),"reason":"new report"}"#)
            #expect(answer.status == .accepted)
            let list = "/jobs/\(job)/runs?trigger=backfill&since=2026-11-20T00:00:00Z&until=2026-11-22T00:00:01Z"
            #expect(answer.headers[.location] == list)
            let expected = """
                {"job_id":"\(job)","from":"2026-11-19T23:00:00Z","to":"2026-11-22T00:00:01Z","count":3,\
                "first":"2026-11-20T00:00:00Z","last":"2026-11-22T00:00:00Z","runs":"\(list)"}

                """
            #expect(answer.text == expected)
            let runs = try #require(try await client.get(list).json.array)
            #expect(
                runs.map { $0["scheduled_at"]?.string } == [
                    "2026-11-22T00:00:00Z", "2026-11-21T00:00:00Z", "2026-11-20T00:00:00Z",
                ]
            )
            #expect(runs.allSatisfy { $0["trigger"] == "backfill" && $0["state"] == "pending" })
            #expect(runs.first?["request_reason"]?.string?.hasSuffix(": new report") == true)
            #expect(try await client.get("/runs?trigger=manual").json.array?.isEmpty == true)
            // A run that is asked for at once does not count them as its own kind.
            #expect(try await client.post("/jobs/\(job)/runs", "").status == .accepted)
            let why = try await client.get("/jobs/\(job)/why?at=2026-11-22T00:00:00Z").json
            #expect(why["cause"] == "before_creation" && why["backfill"] == runs.first)
        }
    }

    @Test("A dry run says the same, and asks for nothing")
    func dryRun() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            let answer = try await client.post("/jobs/\(job)/backfill?dry_run=1", "{\(Self.range)}")
            #expect(answer.status == .ok)
            #expect(try answer.json["count"]?.integer == 3)
            #expect(try answer.json["runs"] == .null)
            #expect(try await client.get("/runs").json.array?.isEmpty == true)
        }
    }

    @Test("A backfill that is repeated with its key asks for nothing twice")
    func idempotency() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            let key = try #require(HTTPField.Name("Idempotency-Key"))
            let path = "/jobs/\(job)/backfill"
            let first = try await client.post(path, "{\(Self.range)}", headers: [key: "k"])
            let second = try await client.post(path, "{\(Self.range)}", headers: [key: "k"])
            #expect(second.status == .accepted && second.text == first.text)
            #expect(try await client.get("/runs").json.array?.count == 3)
            let other = try await client.post(path, #"{\#(Self.range),"reason":"x"}"#, headers: [key: "k"])
            #expect(other.status == .unprocessableContent)
            #expect(try other.json["type"]?.string == "/problems/idempotency-mismatch")
        }
    }

    @Test("What is wrong with a backfill is told of its members, and nothing is asked for")
    func invalid() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob(#""executable":"true","schedule":"* * * * *","type":"command""#)
            for (body, pointer) in [
                ("{}", "/from"), (#"{"from":"2026-11-20T00:00:00Z"}"#, "/to"),
                (#"{"from":"yesterday","to":1}"#, "/from"),
                (#"{"from":"2026-11-22T13:00:00Z","to":"2026-11-22T13:26:01Z"}"#, "/to"),
                (#"{"from":"2026-11-22T13:00:00Z","to":"2026-11-22T13:00:00Z"}"#, "/to"),
                (#"{"from":"2026-11-22T13:00:01Z","to":"2026-11-22T13:01:00Z"}"#, "/to"),
                (#"{"from":"2026-11-21T00:00:00Z","to":"2026-11-22T00:00:00Z"}"#, "/force"),
                (#"{"from":"2026-11-01T00:00:00Z","to":"2026-11-22T00:00:00Z","force":true}"#, "/to"),
                (#"{"from":"2026-11-22T13:00:00Z","to":"2026-11-22T13:01:00Z","until":1}"#, "/until"),
            ] {
                let answer = try await client.post("/jobs/\(job)/backfill", body)
                #expect(answer.status == .unprocessableContent, "\(body)")
                #expect(try answer.firstError?["pointer"]?.string == pointer, "\(body)")
            }
            #expect(try await client.get("/runs").json.array?.isEmpty == true)
            #expect(try await client.post("/jobs/\(job)/backfill?dryrun=1", "{}").status == .unprocessableContent)
            #expect(try await client.get("/jobs/\(job)/backfill").status == .methodNotAllowed)
            let unknown = "0199f3c2-7f1e-7c55-9d0a-2b6f6a4c1e11"
            #expect(try await client.post("/jobs/\(unknown)/backfill", "{\(Self.range)}").status == .notFound)
            #expect(try await client.send(.delete, "/jobs/\(job)", nil).status == .noContent)
            let removed = try await client.post("/jobs/\(job)/backfill", "{\(Self.range)}")
            #expect(removed.status == .conflict)
            #expect(try removed.json["type"]?.string == "/problems/removed")
        }
    }
}
#endif
