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
        arguments: ["limit=0", "limit=1001", "limit=x", "cursor=x", "view=x"]
    )
    func parameters(query: String) async throws {
        try await TestAPI().test { client in
            let answer = try await client.get("/jobs?\(query)")
            #expect(answer.status == .unprocessableContent)
            #expect(try answer.firstError?["field"]?.string == query.split(separator: "=").first.map { String($0) })
        }
    }
}
#endif
