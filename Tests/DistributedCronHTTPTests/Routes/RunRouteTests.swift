#if HTTP
import DistributedCron
import DistributedCronHTTP
import HTTPTypes
import HummingbirdTesting
import Testing

/// Runs as clients see them, without a worker that would execute them.
struct RunRouteTests {
    @Test("Asking for a run answers 202 with the run in a fixed order")
    func runNow() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            let answer = try await client.post("/jobs/\(job)/runs", "")
            #expect(answer.status == .accepted)
            let id = try #require(try answer.json["id"]?.string)
            #expect(answer.headers[.location] == "/runs/\(id)")
            let expected = [
                #"{"id":"\#(id)","job_id":"\#(job)","trigger":"manual","state":"pending","result":null,"reason":null"#,
                #""detail":null,"exit_code":null,"scheduled_at":"2026-11-22T13:26:00Z","not_before":null"#,
                #""started_at":null,"finished_at":null,"duration_s":null,"attempt":0,"failures":0,"worker":null"#,
                #""cancelling":false,"request_reason":null,"log":"/runs/\#(id)/log"}"#,
            ]
            #expect(answer.text == expected.joined(separator: ",") + "\n")
            #expect(try await client.get("/runs/\(id)").text == answer.text)
            #expect(try await client.get("/jobs/\(job)/runs").json.array == [try answer.json])
        }
    }

    @Test("A body of unknown length that turns out to be empty is no body, and needs no type")
    func emptyChunkedBody() async throws {
        try await TestAPI().test(.live) { client in
            let job = try await client.createJob()
            // Without a body the client sends one in pieces, of which there are none.
            let answer = try await client.execute(uri: "/jobs/\(job)/runs", method: .post)
            #expect(answer.status == .accepted)
        }
    }

    @Test("Instants that were not run are listed as ranges, newest first")
    func gaps() async throws {
        let api = try TestAPI()
        let job = try await api.service.create(JobRequest(schedule: "* * * * *", executable: .command("true")))
        let worker = WorkerID(rawValue: "w-1")
        let slot = try #require(
            try await api.store.assign([job.slot: worker], token: LeaderToken(incarnation: 1, sequence: 1)).first
        )
        var claim = SlotClaim(
            slot: job.slot,
            worker: worker,
            epoch: slot.epoch,
            revision: slot.revision,
            from: slot.accountedUntil,
            to: slot.accountedUntil + 1
        )
        let first = try #require(Instant("2026-11-22T10:00:00Z"))
        for (start, reason) in [(first, RunReason.paused), (first + 3_600, .misfire)] {
            claim.gaps.append(
                Gap(job: job.id, first: start, last: start + 240, count: 5, reason: reason, version: 1)
            )
        }
        #expect(try await api.store.claim([claim]) == [.committed])
        try await api.test { client in
            let answer = try await client.get("/jobs/\(job.id)/gaps")
            let expected = """
                [{"job_id":"\(job.id)","first":"2026-11-22T11:00:00Z","last":"2026-11-22T11:04:00Z","count":5,\
                "reason":"misfire","version":1},{"job_id":"\(job.id)","first":"2026-11-22T10:00:00Z",\
                "last":"2026-11-22T10:04:00Z","count":5,"reason":"paused","version":1}]

                """
            #expect(answer.text == expected)
            #expect(try await client.get("/jobs/\(job.id)/gaps?limit=1").json.array?.count == 1)
            #expect(try await client.get("/jobs/\(job.id)/gaps?limit=0").status == .unprocessableContent)
        }
    }

    @Test("A second run of a job that does not allow it is a conflict")
    func overlap() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            _ = try await client.post("/jobs/\(job)/runs", "")
            let answer = try await client.post("/jobs/\(job)/runs", "")
            #expect(answer.status == .conflict)
            #expect(try answer.json["type"]?.string == "/problems/overlap")
        }
    }

    @Test("A wait that ends too early still answers, and says how long it was")
    func wait() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            let prefer = try #require(HTTPField.Name("Prefer"))
            let answer = try await client.post("/jobs/\(job)/runs", "", headers: [prefer: "respond-async, wait=1"])
            #expect(answer.status == .accepted)
            #expect(answer.header("Preference-Applied") == "wait=1")
        }
    }

    @Test("The log of a run that has not ended is empty, that of an unknown run is not there")
    func log() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            let log = try #require(try await client.post("/jobs/\(job)/runs", "{}").json["log"]?.string)
            let answer = try await client.get("\(log)?stream=stderr")
            #expect(answer.status == .ok)
            #expect(answer.text.isEmpty)
            #expect(answer.headers[.contentType] == "text/plain; charset=utf-8")
            #expect(answer.header("Dropped-Bytes") == "0")
            #expect(try await client.get("\(log)?stream=x").status == .unprocessableContent)
            #expect(try await client.get("/runs/\(job).1.0/log").status == .notFound)
            #expect(try await client.get("/runs/x").status == .notFound)
        }
    }

    @Test("Runs are listed newest first, in pages")
    func pages() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob(
                #""executable":"true","schedule":"@daily","type":"command","concurrency":"allow""#
            )
            for _ in 0..<3 { #expect(try await client.post("/jobs/\(job)/runs", "").status == .accepted) }
            let all = try #require(try await client.get("/jobs/\(job)/runs").json.array)
            let first = try await client.get("/jobs/\(job)/runs?limit=2")
            let link = try #require(first.header("Link"))
            let second = try await client.get(String(link.dropFirst().prefix { $0 != ">" }))
            #expect(try (first.json.array ?? []) + (second.json.array ?? []) == all)
            #expect(all.count == 3)
        }
    }

    @Test("Runs of all jobs are listed and filtered, in pages, and not sent again while they are the same")
    func filters() async throws {
        try await TestAPI().test { client in
            let first = try await client.createJob()
            let second = try await client.createJob()
            let pending = try await client.post("/jobs/\(first)/runs", #"{"reason":"because","env":{"A":"1"}}"#)
            #expect(try pending.json["request_reason"] == "because")
            let cancelled = try #require(try await client.post("/jobs/\(second)/runs", "").json["id"]?.string)
            #expect(try await client.post("/runs/\(cancelled)/cancel", "{}").status == .accepted)
            let all = try await client.get("/runs")
            #expect(try all.json.array?.count == 2)
            let tag = try #require(all.headers[.eTag])
            #expect(try await client.get("/runs", headers: [.ifNoneMatch: tag]).status == .notModified)
            for (query, count) in [
                ("result=cancellation", 1), ("result=success", 0), ("state=pending", 1), ("trigger=manual", 2),
                ("trigger=schedule", 0), ("job=\(first)", 1), ("since=2026-11-22T13:26:00Z", 2),
                ("since=2026-11-22T13:26:01Z", 0), ("until=2026-11-22T13:26:00Z", 0), ("worker=w", 0),
                ("state=cancelled&result=cancellation", 1),
            ] {
                #expect(try await client.get("/runs?\(query)").json.array?.count == count, "\(query)")
            }
            #expect(try await client.get("/jobs/\(first)/runs?state=pending").json.array?.count == 1)
            #expect(try await client.get("/jobs/\(second)/runs?state=pending").json.array?.count == 0)
            let page = try await client.get("/runs?limit=1&trigger=manual")
            let link = try #require(page.header("Link"))
            #expect(link.contains("&limit=1&trigger=manual>"))
            let next = try await client.get(String(link.dropFirst().prefix { $0 != ">" }))
            #expect(try (page.json.array ?? []) + (next.json.array ?? []) == all.json.array)
            #expect(try await client.get("/runs?state=pending&result=success").status == .unprocessableContent)
        }
    }

    @Test("A pending run is cancelled at once; what has ended is a conflict")
    func cancel() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            let run = try #require(try await client.post("/jobs/\(job)/runs", "").json["id"]?.string)
            let answer = try await client.post("/runs/\(run)/cancel", "")
            #expect(answer.status == .accepted)
            #expect(try answer.json["state"] == "cancelled")
            #expect(try answer.json["result"] == "cancellation")
            let again = try await client.post("/runs/\(run)/cancel", "")
            #expect(again.status == .conflict)
            #expect(try again.json["type"]?.string == "/problems/run-already-ended")
            #expect(try await client.post("/runs/\(job).1.0/cancel", "").status == .notFound)
        }
    }

    @Test("A request for a run that is repeated with its key makes one run")
    func idempotency() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            let key = try #require(HTTPField.Name("Idempotency-Key"))
            let first = try await client.post("/jobs/\(job)/runs", "", headers: [key: "k"])
            let second = try await client.post("/jobs/\(job)/runs", "", headers: [key: "k"])
            #expect(second.text == first.text)
            let other = try await client.post("/jobs/\(job)/runs", #"{"reason":"x"}"#, headers: [key: "k"])
            #expect(other.status == .unprocessableContent)
            #expect(try await client.post("/jobs/\(job)/runs", #"{"env":{"A=B":"x"}}"#).status == .unprocessableContent)
        }
    }
}
#endif
