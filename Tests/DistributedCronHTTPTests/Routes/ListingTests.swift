#if HTTP
import DistributedCron
import DistributedCronHTTP
import HTTPTypes
import HummingbirdTesting
import Testing

/// Lists of any length.
struct ListingTests {
    @Test("Pages follow their links through every job once, and the last has none")
    func pages() async throws {
        try await TestAPI().test { client in
            var created: [String] = []
            for _ in 0..<5 { created.append(try await client.createJob()) }
            var path = "/jobs?limit=2&view=full"
            var seen: [String] = []
            var pages = 0
            while true {
                let answer = try await client.get(path)
                seen += try answer.json.array?.compactMap { $0["id"]?.string } ?? []
                #expect(try answer.json.array?.first?["timezone"] == "UTC")
                pages += 1
                guard let link = answer.header("Link") else { break }
                #expect(link.hasSuffix(#">; rel="next""#))
                path = String(link.dropFirst().prefix { $0 != ">" })
            }
            #expect(pages == 3)
            #expect(seen.sorted() == created.sorted())
        }
    }

    @Test("A page that ends with the last job has no link")
    func exactPage() async throws {
        try await TestAPI().test { client in
            for _ in 0..<2 { _ = try await client.createJob() }
            #expect(try await client.get("/jobs?limit=2").header("Link") == nil)
        }
    }

    @Test("Without a limit 5,000 jobs come as one array, and HEAD tells its length")
    func stream() async throws {
        let api = try TestAPI()
        for _ in 0..<5_000 {
            _ = try await api.service.create(JobRequest(schedule: "@daily", executable: .command("true")))
        }
        try await api.test(.live) { client in
            let answer = try await client.get("/jobs")
            #expect(try answer.json.array?.count == 5_000)
            #expect(answer.text.hasSuffix("}]\n"))
            let head = try await client.executeRequest(uri: "/jobs", method: .head, headers: [:], body: nil)
            #expect(head.headers[.contentLength] == String(answer.length))
            #expect(head.length == 0)
        }
    }

    @Test(
        "Parameters that are not understood are refused",
        arguments: [
            "limit=0", "limit=1001", "limit=x", "cursor=x", "view=x", "label=x", "label==x", "state=x", "limt=1",
        ]
    )
    func parameters(query: String) async throws {
        try await TestAPI().test { client in
            let answer = try await client.get("/jobs?\(query)")
            #expect(answer.status == .unprocessableContent)
            #expect(try answer.firstError?["field"]?.string == query.split(separator: "=").first.map { String($0) })
        }
    }

    @Test(
        "Jobs are found by what they are",
        arguments: [
            ("q=NIGHT", 1), ("q=true", 2), ("name=nightly", 1), ("name=night", 0), ("status=scheduled", 3),
            ("status=finished", 0), ("type=script", 1), ("label=team=a", 2), ("label=team=a&label=x=y", 1),
            ("label=team=", 0), ("state=active", 3), ("type=command&label=team=a", 1),
        ]
    )
    func filters(query: String, count: Int) async throws {
        try await TestAPI().test { client in
            _ = try await client.createJob(
                #""executable":"true","schedule":"@daily","type":"command","name":"nightly","labels":{"team":"a"}"#
            )
            _ = try await client.createJob(#""executable":"true","schedule":"@daily","type":"command""#)
            _ = try await client.createJob(
                #""executable":"ZWNobw==","schedule":"@daily","type":"script","labels":{"team":"a","x":"y"}"#
            )
            let answer = try await client.get("/jobs?\(query)&count=1&limit=1000")
            #expect(try answer.json.array?.count == count)
            #expect(answer.header("X-Total-Count") == String(count))
            #expect(try await client.get("/jobs?\(query)").json.array == answer.json.array)
        }
    }

    @Test("A page is not sent again while it is the same")
    func entityTag() async throws {
        try await TestAPI().test { client in
            _ = try await client.createJob()
            let tag = try #require(try await client.get("/jobs?limit=5").headers[.eTag])
            let same = try await client.get("/jobs?limit=5", headers: [.ifNoneMatch: tag])
            #expect(same.status == .notModified)
            #expect(same.length == 0)
            _ = try await client.createJob()
            #expect(try await client.get("/jobs?limit=5", headers: [.ifNoneMatch: tag]).status == .ok)
        }
    }

    @Test("The next instants of a job, from when and in the zone that is asked for")
    func next() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob(
                #""executable":"true","schedule":"30 4 * * *","type":"command","timezone":"Europe/Berlin""#
            )
            let answer = try await client.get("/jobs/\(id)/next?count=1&tz=UTC&after=2027-01-01T00:00:00Z")
            let expected =
                #"[{"at":"2027-01-01T03:30:00Z","local":"2027-01-01T03:30:00Z","offset":"+00:00","note":null}]"#
            #expect(answer.text == expected + "\n")
            #expect(try await client.get("/jobs/\(id)/next").json.array?.count == 10)
            #expect(try await client.get("/jobs/\(id)/next?count=1001").status == .unprocessableContent)
            _ = try await client.post("/jobs/\(id)/pause", "")
            #expect(try await client.get("/jobs/\(id)/next").text == "[]\n")
        }
    }
}
#endif
