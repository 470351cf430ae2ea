#if HTTP
import DistributedCron
import DistributedCronHTTP
import HTTPTypes
import HummingbirdTesting
import Testing

/// What became of an instant.
struct WhyRouteTests {
    @Test("The answer says what matched, what happened and why, with the rows that tell")
    func future() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob(
                #""executable":"true","schedule":"30 4 * * *","type":"command""#
            )
            let answer = try await client.get("/jobs/\(job)/why?at=2026-11-23T05:30:00%2B01:00")
            #expect(answer.status == .ok)
            let expected = [
                #"{"job_id":"\#(job)","at":"2026-11-23T04:30:00Z","matched":true,"fired":false,"cause":"future""#,
                #""detail":"the schedule names it, and it is to come","version":1,"schedule":"30 4 * * *""#,
                #""timezone":"UTC","checks":[{"field":"minute","value":30,"allowed":"30","ok":true}"#,
                #"{"field":"hour","value":4,"allowed":"4","ok":true}"#,
                #"{"field":"day-of-month","value":23,"allowed":"*","ok":true}"#,
                #"{"field":"month","value":11,"allowed":"*","ok":true}"#,
                #"{"field":"day-of-week","value":1,"allowed":"*","ok":true}],"previous":null"#,
                #""next":"2026-11-24T04:30:00Z","run":null,"gap":null,"backfill":null"#,
                #""accounted_until":"2026-11-22T13:26:00Z"}"#,
            ]
            #expect(answer.text == expected.joined(separator: ",") + "\n")
            let early = try await client.get("/jobs/\(job)/why?at=2026-11-22T04:30:00Z").json
            #expect(early["cause"] == "before_creation")
            #expect(early["matched"] == .null)
            #expect(early["version"] == .null)
            #expect(early["checks"]?.array?.isEmpty == true)
        }
    }

    @Test("A run and a gap are shown as their own routes show them")
    func rows() async throws {
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
        let instant = try #require(Instant("2026-11-22T10:00:00Z"))
        let run = Run(
            id: RunID(job: job.id, scheduledAt: instant - 60),
            version: 1,
            state: .skipped,
            reason: .overlap
        )
        claim.runs = [run]
        claim.gaps = [
            Gap(job: job.id, first: instant, last: instant + 240, count: 5, reason: .misfire, version: 1)
        ]
        #expect(try await api.store.claim([claim]) == [.committed])
        try await api.test { client in
            let skipped = try await client.get("/jobs/\(job.id)/why?at=\(instant - 60)").json
            #expect(try await client.get("/runs/\(run.id)").json == skipped["run"])
            #expect(skipped["cause"] == "overlap")
            #expect(skipped["gap"] == .null)
            let missed = try await client.get("/jobs/\(job.id)/why?at=\(instant + 60)").json
            #expect(try await client.get("/jobs/\(job.id)/gaps").json.array?.first == missed["gap"])
            #expect(missed["cause"] == "misfire")
            #expect(missed["run"] == .null)
        }
    }

    @Test("A time that is missing or none is 422, a job that is none 404")
    func invalid() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            for query in ["", "?at=", "?at=yesterday", "?at=2026-11-22"] {
                let answer = try await client.get("/jobs/\(job)/why\(query)")
                #expect(answer.status == .unprocessableContent)
                #expect(try answer.firstError?["field"] == "at")
            }
            for unknown in ["00000000-0000-7000-8000-000000000000", "x"] {
                let answer = try await client.get("/jobs/\(unknown)/why?at=2026-11-22T10:00:00Z")
                #expect(answer.status == .notFound)
            }
        }
    }
}
#endif
