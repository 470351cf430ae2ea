#if HTTP
import DistributedCron
import DistributedCronHTTP
import DistributedCronTesting
import HTTPTypes
import HummingbirdTesting
import Testing

/// Logs over HTTP, while they are written and afterwards.
struct LogRouteTests {
    @Test("A stream waits for its run, gives signs of life meanwhile, and ends with the run; then there is no more")
    func stream() async throws {
        let clock = ManualClock()
        let api = try TestAPI(clock: clock)
        try await api.test { client in
            let job = try await client.createJob()
            let run = try #require(try await client.post("/jobs/\(job)/runs", "").json["id"]?.string)
            let path = "/runs/\(run)/log/stream"
            async let answer = client.get(path)
            // The heartbeat, and the pause before looking again.
            try await clock.waitForSleepers(2)
            clock.advance(by: .seconds(15))
            try await clock.waitForSleepers(2)
            #expect(try await client.post("/runs/\(run)/cancel", "").status == .accepted)
            clock.advance(by: .seconds(1))
            let stream = try await answer
            #expect(stream.status == .ok)
            #expect(stream.headers[.contentType] == "text/event-stream")
            #expect(stream.headers[.cacheControl] == "no-store")
            #expect(
                stream.text.hasPrefix(
                    ":\n\n:\n\nid: end\nevent: end\ndata: {\"state\":\"cancelled\",\"result\":\"cancellation\""
                )
            )
            #expect(stream.text.hasSuffix("}\n\n"))
            let id = try #require(HTTPField.Name("Last-Event-ID"))
            #expect(try await client.get(path, headers: [id: "end"]).status == .noContent)
            #expect(try await client.get(path, headers: [id: "0"]).status == .ok)
            #expect(try await client.get(path, headers: [id: "x"]).status == .unprocessableContent)
        }
    }

    @Test("HEAD of a stream does not wait for its end")
    func head() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            let run = try #require(try await client.post("/jobs/\(job)/runs", "").json["id"]?.string)
            let answer = try await client.send(.head, "/runs/\(run)/log/stream", nil)
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "text/event-stream")
        }
    }

    @Test(
        "Parameters of a log that are not understood are refused",
        arguments: ["tail=0", "tail=x", "ansi=x", "stream=x", "lines=1"]
    )
    func parameters(query: String) async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            let run = try #require(try await client.post("/jobs/\(job)/runs", "").json["id"]?.string)
            #expect(try await client.get("/runs/\(run)/log?\(query)").status == .unprocessableContent)
            #expect(try await client.get("/runs/\(run)/log?tail=5&ansi=strip").status == .ok)
        }
    }
}
#endif
