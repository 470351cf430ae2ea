#if HTTP
import DistributedCronHTTP
import HTTPTypes
import HummingbirdTesting
import Testing

/// The contract of the job routes: paths, codes and bodies, byte for byte.
struct JobContractTests {
    private static let posted = #"{"executable":"ls -la", "schedule":"4 * * * *", "type": "command"}"#

    @Test("POST answers 201 with the address and the five members in order")
    func create() async throws {
        try await TestAPI().test { client in
            let answer = try await client.post("/jobs", Self.posted)
            #expect(answer.status == .created)
            #expect(answer.headers[.contentType] == "application/json")
            let id = try #require(try answer.json["id"]?.string)
            #expect(answer.headers[.location] == "/jobs/\(id)")
            let job =
                #"{"id":"\#(id)","status":"scheduled","executable":"ls -la","schedule":"4 * * * *","type":"command"}"#
            #expect(answer.text == job + "\n")
            #expect(try await client.get("/jobs/\(id)").text == job + "\n")
            #expect(try await client.get("/jobs").text == "[\(job)]\n")
        }
    }

    @Test("A list without jobs is an empty array on a line")
    func emptyList() async throws {
        try await TestAPI().test { client in
            let answer = try await client.get("/jobs")
            #expect(answer.text == "[]\n")
        }
    }

    @Test("The full view has every policy after the five members, null where there is none")
    func fullView() async throws {
        try await TestAPI().test { client in
            let answer = try await client.post(
                "/jobs?view=full",
                """
                {"executable":"true","schedule":"30 4 * * *","type":"command","name":"nightly","timezone":"Europe/Berlin",
                 "dst":"wall","seconds":false,"timeout_s":60,"kill_grace_s":5,
                 "misfire":{"policy":"all","limit":7,"window_s":3600},"concurrency":"allow","recovery":"at_most_once",
                 "on_lapse":"stop","on_outage":"lease",
                 "description":"d","labels":{"team":"x"},"env":{"A":"b"},"cwd":"/tmp","deadline_s":600,"max_runs":9,
                 "ends_at":"2027-01-01T01:00:00+01:00",
                 "retry":{"max":3,"backoff_s":1,"max_backoff_s":9,"jitter":0.25}}
                """
            )
            let id = try #require(try answer.json["id"]?.string)
            let expected = [
                #"{"id":"\#(id)","status":"scheduled","executable":"true","schedule":"30 4 * * *","type":"command""#,
                #""name":"nightly","description":"d","labels":{"team":"x"},"timezone":"Europe/Berlin","dst":"wall""#,
                #""seconds":false,"misfire":{"policy":"all","limit":7,"window_s":3600},"concurrency":"allow""#,
                #""recovery":"at_most_once","on_lapse":"stop","on_outage":"lease""#,
                #""retry":{"max":3,"backoff_s":1,"max_backoff_s":9,"jitter":0.25}"#,
                #""timeout_s":60,"kill_grace_s":5,"deadline_s":600,"max_runs":9,"ends_at":"2027-01-01T00:00:00Z""#,
                #""env":{"A":"b"},"cwd":"/tmp","pause":null,"artifact":null,"state":"active""#,
                #""next_run_at":"2026-11-23T03:30:00Z","last_run":null"#,
                #""stats":{"runs_24h":0,"failures_24h":0,"p95_s":null},"findings":[],"version":1"#,
                #""created_at":"2026-11-22T13:26:00.000Z","updated_at":"2026-11-22T13:26:00.000Z"}"#,
            ]
            #expect(answer.text == expected.joined(separator: ",") + "\n")
            let plain = try await client.get("/jobs/\(try await client.createJob())?view=full").json
            #expect(plain["timeout_s"] == .null)
            #expect(plain["name"] == .null)
        }
    }

    @Test(
        "A script is posted as BASE64, shown as an address, and read back unchanged",
        arguments: ["script", "binary"]
    )
    func artifact(type: String) async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob(
                #""executable":"IyEvYmluL3NoCmVjaG8\n","schedule":"@daily","type":"\#(type)""#
            )
            let job = try await client.get("/jobs/\(id)").json
            #expect(job["executable"]?.string == "http://localhost/jobs/\(id)/artifact")
            #expect(job["type"]?.string == type)
            let artifact = try await client.get("/jobs/\(id)/artifact")
            #expect(artifact.text == "#!/bin/sh\necho")
            #expect(artifact.headers[.contentType] == "application/octet-stream")
            let command = try await client.createJob()
            #expect(try await client.get("/jobs/\(command)/artifact").status == .notFound)
        }
    }

    @Test("DELETE finishes a job for good, any number of times; 404 only if there never was one")
    func delete() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob()
            for _ in 1...2 {
                let answer = try await client.executeRequest(
                    uri: "/jobs/\(id)",
                    method: .delete,
                    headers: [:],
                    body: nil
                )
                #expect(answer.status == .noContent)
                #expect(answer.text.isEmpty)
            }
            #expect(try await client.get("/jobs/\(id)").json["status"]?.string == "finished")
            #expect(try await client.post("/jobs/\(id)/runs", "").status == .conflict)
            for unknown in ["00000000-0000-7000-8000-000000000000", "x"] {
                let answer = try await client.executeRequest(
                    uri: "/jobs/\(unknown)",
                    method: .delete,
                    headers: [:],
                    body: nil
                )
                #expect(answer.status == .notFound)
            }
        }
    }

    @Test("Names are unique among jobs that are not removed")
    func names() async throws {
        try await TestAPI().test { client in
            let job = #"{"executable":"true","schedule":"@daily","type":"command","name":"a"}"#
            let id = try #require(try await client.post("/jobs", job).json["id"]?.string)
            let taken = try await client.post("/jobs", job)
            #expect(taken.status == .conflict)
            #expect(try taken.json["type"]?.string == "/problems/name-taken")
            _ = try await client.executeRequest(uri: "/jobs/\(id)", method: .delete, headers: [:], body: nil)
            #expect(try await client.post("/jobs", job).status == .created)
        }
    }
}
#endif
