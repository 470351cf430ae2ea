#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import DistributedCronHTTP

/// What clients are told when something is wrong.
struct ProblemTests {
    @Test("A bad schedule names the field and the column")
    func schedule() async throws {
        try await TestAPI().test { client in
            let answer = try await client.post(
                "/jobs",
                #"{"executable":"ls","schedule":"5 61 * * *","type":"command"}"#
            )
            #expect(answer.status == .unprocessableContent)
            #expect(answer.headers[.contentType] == "application/problem+json")
            let problem = try answer.json
            #expect(problem["type"]?.string == "/problems/invalid-schedule")
            #expect(problem["title"]?.string == "The schedule is not valid")
            #expect(problem["status"]?.integer == 422)
            let error = try #require(try answer.firstError)
            #expect(error["pointer"]?.string == "/schedule")
            #expect(error["field"]?.string == "hour")
            #expect(error["column"]?.integer == 3)
            #expect(error["value"]?.string == "61")
            #expect(error["allowed"]?.string == "0-23")
            #expect(answer.text.hasSuffix("}\n"))
        }
    }

    @Test(
        "A wrong member is named by its pointer",
        arguments: [
            (#"{"schedule":"@daily","type":"command"}"#, "/executable"),
            (#"{"executable":"x","schedule":7,"type":"command"}"#, "/schedule"),
            (#"{"executable":"x","schedule":"@daily","type":"shell"}"#, "/type"),
            (#"{"executable":"x","schedule":"@daily","type":"command","status":"x"}"#, "/status"),
            (#"{"executable":"x","schedule":"@daily","type":"command","a/b":1}"#, "/a~1b"),
            (#"{"executable":"x","schedule":"@daily","type":"command","timeout_s":0}"#, "/timeout_s"),
            (#"{"executable":"x","schedule":"@daily","type":"command","timeout_s":1.5}"#, "/timeout_s"),
            (#"{"executable":"x","schedule":"@daily","type":"command","misfire":{"limit":-1}}"#, "/misfire/limit"),
            (#"{"executable":"x","schedule":"@daily","type":"command","concurrency":"wait"}"#, "/concurrency"),
            (#"{"executable":"x","schedule":"@daily","type":"command","on_lapse":"go on"}"#, "/on_lapse"),
            (#"{"executable":"x","schedule":"@daily","type":"command","on_lapse":"finish"}"#, "/on_lapse"),
            (#"{"executable":"x","schedule":"@daily","type":"command","timezone":"Europe/Berln"}"#, "/timezone"),
            (#"{"executable":"x","schedule":"@daily","type":"command","name":""}"#, "/name"),
            (#"{"executable":" ","schedule":"@daily","type":"command"}"#, "/executable"),
            (#"{"executable":"a*b","schedule":"@daily","type":"script"}"#, "/executable"),
        ]
    )
    func member(body: String, pointer: String) async throws {
        try await TestAPI().test { client in
            let answer = try await client.post("/jobs", body)
            #expect(answer.status == .unprocessableContent)
            #expect(try answer.firstError?["pointer"]?.string == pointer)
        }
    }

    @Test("A misspelt member is met with the right name")
    func didYouMean() async throws {
        try await TestAPI().test { client in
            let answer = try await client.post(
                "/jobs",
                #"{"executable":"x","schedule":"@daily","type":"command","timzone":"UTC"}"#
            )
            #expect(try answer.firstError?["suggestion"]?.string == "timezone")
        }
    }

    @Test("Malformed JSON is 400 with the place; an empty body too", arguments: ["{", "", #"{"a":1,"a":2}"#])
    func malformed(body: String) async throws {
        try await TestAPI().test { client in
            let answer = try await client.post("/jobs", body)
            #expect(answer.status == .badRequest)
            #expect(try answer.json["type"]?.string == "/problems/invalid-json")
        }
    }

    @Test("A body that is not declared as JSON is 415, which says the header to send")
    func mediaType() async throws {
        try await TestAPI().test { client in
            for type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
                let answer = try await client.post("/jobs", "{}", headers: [.contentType: type])
                #expect(answer.status == .unsupportedMediaType)
                #expect(try answer.json["detail"]?.string?.contains("Content-Type: application/json") == true)
            }
            let answer = try await client.post(
                "/jobs",
                "{}",
                headers: [.contentType: "Application/JSON; charset=utf-8"]
            )
            #expect(answer.status == .unprocessableContent)
        }
    }

    @Test("A body above the limit is 413, which says the limit")
    func tooLarge() async throws {
        var configuration = JobsAPI.Configuration()
        configuration.maximumBodyBytes = 100
        try await TestAPI(configuration: configuration).test(.live) { client in
            let answer = try await client.post("/jobs", String(repeating: " ", count: 101))
            #expect(answer.status == .contentTooLarge)
            #expect(try answer.json["detail"]?.string == "at most 100 bytes are allowed")
            #expect(try await client.get("/healthz").status == .ok)
        }
    }

    @Test("A method that a path does not have is 405 with those that it has")
    func method() async throws {
        try await TestAPI().test { client in
            let answer = try await client.executeRequest(uri: "/jobs", method: .put, headers: [:], body: nil)
            #expect(answer.status == .methodNotAllowed)
            #expect(answer.headers[.allow] == "GET, HEAD, POST")
        }
    }

    @Test("Mounted below a path, every address that the API gives out begins with it")
    func mounted() async throws {
        var configuration = JobsAPI.Configuration()
        configuration.path = "/cron"
        let router = Router(context: BasicRequestContext.self)
        try TestAPI(configuration: configuration).api.addRoutes(to: router.group("cron"))
        try await Application(router: router).test(.router) { client in
            let answer = try await client.post(
                "/cron/jobs",
                #"{"executable":"x","schedule":"@daily","type":"command"}"#
            )
            #expect(answer.headers[.location]?.hasPrefix("/cron/jobs/") == true)
            let missing = try await client.get("/cron/jobs/x")
            #expect(missing.status == .notFound)
            let page = try #require(try missing.json["type"]?.string)
            #expect(try await client.get(page).status == .ok)
            #expect(try await client.get("/elsewhere").body.readableBytes == 0)
        }
    }

    @Test("What a backend reports becomes the problem that a client can act on; the rest stays in the log")
    func backends() throws {
        let codes: [(JobStoreError.Code, ProblemKind)] = [
            (.notFound, .notFound), (.nameTaken, .nameTaken), (.conflict, .conflict), (.removed, .removed),
            (.overlap, .overlap), (.unavailable, .backendUnavailable),
        ]
        for (code, kind) in codes {
            #expect(Problem(JobStoreError(code, message: "m"))?.kind == kind)
        }
        #expect(Problem(JobStoreError(.unavailable, message: "m"))?.headers[.retryAfter] == "1")
        #expect(Problem(JobStoreError(.fenced, message: "m")) == nil)
        // It says what goes on without the coordination service.
        #expect(Problem(CoordinatorError(.unavailable, message: "m"))?.detail == "m")
        #expect(Problem(ArtifactStoreError(.unavailable, message: "m"))?.kind == .backendUnavailable)
        let document = Problem(.internal, nil).document(instance: "7", path: "")
        #expect(
            document.text
                == #"{"type":"/problems/internal","title":"The server failed","status":500,"instance":"/requests/7"}"#
        )
    }

    @Test("What a problem's type names is a page")
    func page() async throws {
        try await TestAPI().test { client in
            let missing = try await client.get("/nowhere")
            #expect(missing.status == .notFound)
            let page = try await client.get(try #require(try missing.json["type"]?.string))
            #expect(page.status == .ok)
            #expect(page.text.hasPrefix("There is nothing here (404)\n"))
        }
    }

    @Test("Without a leader the server is alive but not ready")
    func readiness() async throws {
        try await TestAPI().test { client in
            #expect(try await client.get("/healthz").text == "{\"status\":\"ok\"}\n")
            let answer = try await client.get("/readyz")
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.text == #"{"ready":false,"checks":{"store":"ok","leader":"no manager leads"}}"# + "\n")
        }
    }
}
#endif
