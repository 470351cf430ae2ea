#if HTTP
import DistributedCronHTTP
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Changing jobs, and who loses when two do at once.
struct ChangeTests {
    private static let posted = #""executable":"true","schedule":"@daily","type":"command","name":"a""#

    @Test("PUT needs to say which version it replaces, and gets the next one")
    func replace() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob(Self.posted)
            let body = #"{"executable":"false","schedule":"@hourly","type":"command"}"#
            #expect(try await client.send(.put, "/jobs/\(id)", body).status == .preconditionRequired)
            #expect(try await client.get("/jobs/\(id)").headers[.eTag] == "\"v1\"")
            let answer = try await client.send(.put, "/jobs/\(id)?view=full", body, headers: [.ifMatch: "\"v1\""])
            #expect(answer.status == .ok)
            #expect(answer.headers[.eTag] == "\"v2\"")
            let job = try answer.json
            #expect(job["executable"] == "false")
            #expect(job["schedule"] == "@hourly")
            #expect(job["name"] == .null)
            #expect(job["version"] == 2)
            let stale = try await client.send(.put, "/jobs/\(id)", body, headers: [.ifMatch: "\"v1\""])
            #expect(stale.status == .preconditionFailed)
            #expect(stale.headers[.eTag] == "\"v2\"")
            #expect(try stale.json["type"]?.string == "/problems/version-conflict")
            #expect(try await client.send(.put, "/jobs/\(id)", body, headers: [.ifMatch: "*"]).status == .ok)
            let weak = try await client.send(.put, "/jobs/\(id)", body, headers: [.ifMatch: "W/\"v2\""])
            #expect(weak.status == .preconditionFailed)
        }
    }

    @Test("PATCH changes what it names, clears what is null, and merges objects")
    func patch() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob(
                Self.posted + #","timeout_s":60,"labels":{"a":"1","b":"2"},"retry":{"max":3,"backoff_s":7}"#
            )
            let change = #"{"schedule":"@hourly","timeout_s":null,"labels":{"a":null,"c":"3"},"retry":{"max":4}}"#
            let answer = try await client.send(.patch, "/jobs/\(id)?view=full", change)
            #expect(answer.status == .ok)
            let job = try answer.json
            #expect(job["executable"] == "true")
            #expect(job["schedule"] == "@hourly")
            #expect(job["timeout_s"] == .null)
            #expect(job["labels"] == ["b": "2", "c": "3"])
            #expect(job["retry"]?["max"] == 4)
            #expect(job["retry"]?["backoff_s"] == 7)
            #expect(job["name"] == "a")
            #expect(job["version"] == 2)
            let none = try await client.send(.patch, "/jobs/\(id)?view=full", "{}")
            #expect(try none.json["version"] == 2)
            let stale = try await client.send(.patch, "/jobs/\(id)", "{}", headers: [.ifMatch: "\"v1\""])
            #expect(stale.status == .preconditionFailed)
        }
    }

    @Test("What a lapse means follows from recovery and concurrency until it is chosen, and again when that is cleared")
    func onLapse() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob(Self.posted)
            let steps = [
                ("{}", "stop"),
                (#"{"recovery":"at_most_once","concurrency":"allow"}"#, "finish"),
                (#"{"recovery":"rerun"}"#, "stop"),
                (#"{"recovery":"at_most_once"}"#, "finish"),
                (#"{"on_lapse":"stop"}"#, "stop"),
                (#"{"concurrency":"skip"}"#, "stop"),
                (#"{"concurrency":"allow"}"#, "stop"),
                (#"{"on_lapse":null}"#, "finish"),
                (#"{"concurrency":"skip","on_lapse":"stop"}"#, "stop"),
                (#"{"concurrency":"allow"}"#, "stop"),
            ]
            for (change, shown) in steps {
                let answer = try await client.send(.patch, "/jobs/\(id)?view=full", change)
                #expect(answer.status == .ok, "\(change)")
                #expect(try answer.json["on_lapse"]?.string == shown, "\(change)")
                #expect(try await client.get("/jobs/\(id)?view=full").json["on_lapse"]?.string == shown, "\(change)")
            }
        }
    }

    @Test(
        "To choose what a lapse means anyway is a version, and so is to take that back; other defaults are as they were"
    )
    func defaults() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob(Self.posted)
            let steps: [(String, JSONValue)] = [
                (#"{"on_lapse":"stop"}"#, 2), (#"{"on_lapse":"stop"}"#, 2), (#"{"on_lapse":null}"#, 3),
                (#"{"on_lapse":null}"#, 3), (#"{"on_outage":"hold"}"#, 3), (#"{"on_outage":null}"#, 3),
                (#"{"concurrency":"skip","recovery":"rerun","dst":"debian","seconds":false,"timezone":"UTC"}"#, 3),
                (#"{"misfire":{"policy":"latest"},"retry":{"max":0},"kill_grace_s":10,"timeout_s":null}"#, 3),
            ]
            for (change, version) in steps {
                let answer = try await client.send(.patch, "/jobs/\(id)?view=full", change)
                #expect(try answer.json["version"] == version, "\(change)")
            }
        }
    }

    @Test(
        "A change after which a chosen finish is not possible is refused, and says which members do not go together",
        arguments: [
            (#"{"recovery":"rerun"}"#, "recovery rerun and concurrency allow"),
            (#"{"concurrency":"queue"}"#, "recovery at_most_once and concurrency queue"),
            (#"{"on_lapse":"finish","concurrency":"skip"}"#, "recovery at_most_once and concurrency skip"),
        ]
    )
    func finishRefused(change: String, members: String) async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob(
                Self.posted + #","recovery":"at_most_once","concurrency":"allow","on_lapse":"finish""#
            )
            let answer = try await client.send(.patch, "/jobs/\(id)", change)
            #expect(answer.status == .unprocessableContent)
            let error = try #require(try answer.firstError)
            #expect(error["pointer"]?.string == "/on_lapse")
            let message =
                "on_lapse cannot be finish with \(members), only with at_most_once and allow; "
                + "make it stop, or null for the default"
            #expect(error["message"]?.string == message)
            #expect(try await client.get("/jobs/\(id)?view=full").json["version"] == 1)
            let cleared = try await client.send(
                .patch,
                "/jobs/\(id)?view=full",
                #"{"recovery":"rerun","on_lapse":null}"#
            )
            #expect(try cleared.json["on_lapse"] == "stop")
        }
    }

    @Test("A merge patch may be declared as one, but only where it is one")
    func mergePatchType() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob()
            let type: HTTPFields = [.contentType: "application/merge-patch+json", .ifMatch: "*"]
            #expect(try await client.send(.patch, "/jobs/\(id)", "{}", headers: type).status == .ok)
            #expect(try await client.send(.put, "/jobs/\(id)", "{}", headers: type).status == .unsupportedMediaType)
        }
    }

    @Test(
        "What a job must have cannot be taken from it",
        arguments: [
            (#"{"executable":null}"#, "/executable"), (#"{"schedule":null}"#, "/schedule"),
            (#"{"type":"script"}"#, "/executable"), (#"{"executable":7}"#, "/executable"),
            (#"{"status":"x"}"#, "/status"), (#"{"timezone":"Europe/Berln"}"#, "/timezone"),
            (#"{"type":"closure"}"#, "/executable"), (#"{"executable":"x","type":"closure"}"#, "/type"),
        ]
    )
    func invalidPatch(change: String, pointer: String) async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob()
            let answer = try await client.send(.patch, "/jobs/\(id)", change)
            #expect(answer.status == .unprocessableContent)
            #expect(try answer.firstError?["pointer"]?.string == pointer)
        }
    }

    @Test("The job's own artifact URL keeps its file; nothing else is fetched from anywhere")
    func keep() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob(#""executable":"ZWNobw==","schedule":"@daily","type":"script""#)
            let url = try #require(try await client.get("/jobs/\(id)").json["executable"]?.string)
            for address in [url, "/jobs/\(id)/artifact", "https://cron.example.org/x/jobs/\(id)/artifact"] {
                let body = #"{"executable":"\#(address)","schedule":"@hourly","type":"binary"}"#
                let answer = try await client.send(.put, "/jobs/\(id)", body, headers: [.ifMatch: "*"])
                #expect(answer.status == .ok)
                #expect(try answer.json["executable"]?.string == url)
                #expect(try answer.json["type"] == "binary")
            }
            #expect(try await client.get("/jobs/\(id)/artifact").text == "echo")
            let other = try await client.createJob()
            let body = #"{"executable":"\#(url)","schedule":"@hourly","type":"script"}"#
            let refused = try await client.send(.put, "/jobs/\(other)", body, headers: [.ifMatch: "*"])
            #expect(refused.status == .unprocessableContent)
        }
    }

    @Test("A job is paused until a time, and resumed")
    func pause() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob()
            let paused = try await client.post(
                "/jobs/\(id)/pause?view=full",
                #"{"until":"2026-11-25T12:00:00Z","reason":"migration"}"#
            )
            #expect(paused.status == .ok)
            let job = try paused.json
            #expect(job["state"] == "paused")
            #expect(job["pause"] == ["until": "2026-11-25T12:00:00Z", "reason": "migration"])
            #expect(job["next_run_at"] == "2026-11-26T00:00:00Z")
            #expect(try await client.get("/jobs?state=paused").json.array?.count == 1)
            #expect(try await client.get("/jobs?state=active").json.array?.count == 0)
            let resumed = try await client.post("/jobs/\(id)/resume?view=full", "")
            #expect(try resumed.json["state"] == "active")
            #expect(try resumed.json["pause"] == .null)
            let forever = try await client.post("/jobs/\(id)/pause?view=full", "")
            #expect(try forever.json["next_run_at"] == .null)
            let past = try await client.post("/jobs/\(id)/pause", #"{"until":"2020-01-01T00:00:00Z"}"#)
            #expect(past.status == .unprocessableContent)
            #expect(try await client.post("/jobs/\(id)/pause", #"{"untill":null}"#).status == .unprocessableContent)
        }
    }

    @Test("What does not exist cannot be changed; what was removed is a conflict")
    func gone() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob()
            _ = try await client.send(.delete, "/jobs/\(id)", nil)
            let body = "{\(Self.posted)}"
            for (method, path) in [
                (HTTPRequest.Method.put, ""), (.patch, ""), (.post, "/pause"), (.post, "/resume"),
            ] {
                let headers: HTTPFields = [.ifMatch: "*"]
                let text = path.isEmpty ? body : nil
                #expect(try await client.send(method, "/jobs/\(id)\(path)", text, headers: headers).status == .conflict)
                let unknown = "00000000-0000-7000-8000-000000000000"
                let answer = try await client.send(method, "/jobs/\(unknown)\(path)", text, headers: headers)
                #expect(answer.status == .notFound)
            }
        }
    }

    @Test("With leniency, members that cannot be set are ignored and listed, so that what was read can be sent back")
    func lenient() async throws {
        try await TestAPI().test { client in
            let id = try await client.createJob(Self.posted)
            let shown = try await client.get("/jobs/\(id)?view=full")
            let strict = try await client.send(.put, "/jobs/\(id)", shown.text, headers: [.ifMatch: "*"])
            #expect(strict.status == .unprocessableContent)
            let answer = try await client.send(
                .put,
                "/jobs/\(id)?lenient=1&view=full",
                shown.text,
                headers: [.ifMatch: "*"]
            )
            #expect(answer.status == .ok)
            #expect(answer.header("Ignored-Fields")?.hasPrefix("/id, /status, /worker, /artifact") == true)
            #expect(try answer.json["version"] == 1)
        }
    }

    @Test("What was read and is sent back chooses nothing that followed from other members, and keeps what was chosen")
    func sentBack() async throws {
        try await TestAPI().test { client in
            let members = #""executable":"true","schedule":"@daily","type":"command","recovery":"at_most_once""#
            let plain = try await client.createJob(members + #","concurrency":"allow""#)
            let chosen = try await client.createJob(members + #","concurrency":"allow","on_lapse":"finish""#)
            for (id, status) in [(plain, HTTPResponse.Status.ok), (chosen, .unprocessableContent)] {
                let shown = try await client.get("/jobs/\(id)?view=full")
                let path = "/jobs/\(id)?lenient=1&view=full"
                let answer = try await client.send(.put, path, shown.text, headers: [.ifMatch: "*"])
                #expect(try answer.json["version"] == 1)
                #expect(try answer.json["on_lapse"] == "finish")
                #expect(try await client.send(.patch, "/jobs/\(id)", #"{"recovery":"rerun"}"#).status == status)
            }
        }
    }

    @Test("A version that is not the job's any more is refused by everything that changes a job")
    func staleVersions() async throws {
        try await TestAPI().test { client in
            let job = try await client.createJob()
            let stale: HTTPFields = [.ifMatch: "\"v9\""]
            let requests: [(HTTPRequest.Method, String)] = [
                (.post, "/pause"), (.post, "/resume"), (.put, "/artifact?type=script"), (.delete, ""),
            ]
            for (method, path) in requests {
                let answer = try await client.execute(uri: "/jobs/\(job)\(path)", method: method, headers: stale)
                #expect(answer.status == .preconditionFailed, "\(method) \(path)")
                #expect(answer.headers[.eTag] == "\"v1\"")
            }
            let fresh: HTTPFields = [.ifMatch: "\"v1\""]
            let paused = try await client.execute(uri: "/jobs/\(job)/pause", method: .post, headers: fresh)
            #expect(paused.status == .ok)
        }
    }
}
#endif
