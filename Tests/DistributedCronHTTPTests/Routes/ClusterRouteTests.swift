#if HTTP
import DistributedCron
import DistributedCronHTTP
import HTTPTypes
import HummingbirdTesting
import Testing

/// Workers, the cluster, and who owns a job.
struct ClusterRouteTests {
    private static let worker = WorkerID(rawValue: "w-1")
    private static let token = LeaderToken(incarnation: 1, sequence: 1)

    @Test(
        "Workers are listed with what they are and what they own, in pages, and not sent again while they are the same"
    )
    func workers() async throws {
        let api = try TestAPI()
        try await api.session.register(WorkerDescription(id: Self.worker, host: "node-1", capacity: 8))
        let gone = WorkerID(rawValue: "w-0")
        let owners: [SlotID: WorkerID] = [
            SlotID(index: 0): Self.worker, SlotID(index: 1): Self.worker, SlotID(index: 2): gone,
        ]
        _ = try await api.store.assign(owners, token: Self.token)
        try await api.test { client in
            let first = #"{"id":"w-0","state":"gone","host":null,"pools":null,"capacity":null,"slots":1}"#
            let second =
                #"{"id":"w-1","state":"ready","host":"node-1","pools":["default"],"capacity":{"total":8},"slots":2}"#
            let all = try await client.get("/workers")
            #expect(all.text == "[\(first),\(second)]\n")
            let tag = try #require(all.headers[.eTag])
            #expect(try await client.get("/workers", headers: [.ifNoneMatch: tag]).status == .notModified)
            let page = try await client.get("/workers?limit=1")
            #expect(page.text == "[\(first)]\n")
            let link = try #require(page.header("Link"))
            let rest = try await client.get(String(link.dropFirst().prefix { $0 != ">" }))
            #expect(rest.text == "[\(second)]\n")
            #expect(rest.header("Link") == nil)
            #expect(try await client.get("/workers/w-1").text == second + "\n")
            let missing = try await client.get("/workers/w-9")
            #expect(missing.status == .notFound)
            #expect(try missing.json["type"]?.string == "/problems/not-found")
            #expect(try await client.get("/workers?limit=0").status == .unprocessableContent)
        }
    }

    @Test("The cluster says who leads and how many slots nobody works on, also before anybody does")
    func cluster() async throws {
        let api = try TestAPI()
        let id = try await api.store.cluster().id
        try await api.test { client in
            let members =
                #""leader":null,"leader_token":null,"workers":0,"draining_workers":0,"slots":1024,"unowned_slots":1024}"#
            #expect(try await client.get("/cluster").text == #"{"id":"\#(id)",\#(members)"# + "\n")
            let token = try await api.session.campaign(as: ManagerID(rawValue: "m-1"))
            try await api.session.register(WorkerDescription(id: Self.worker, host: "node-1", capacity: 8))
            _ = try await api.store.assign([SlotID(index: 7): Self.worker], token: token)
            let cluster = try await client.get("/cluster").json
            #expect(cluster["leader"] == "m-1")
            #expect(cluster["leader_token"] == ["incarnation": 1, "sequence": 1])
            #expect(cluster["workers"] == 1)
            #expect(cluster["unowned_slots"] == 1_023)
        }
    }

    @Test("A worker drains and drains no more as often as that is asked; lists and the cluster show it")
    func draining() async throws {
        let api = try TestAPI()
        try await api.session.register(WorkerDescription(id: Self.worker, host: "node-1", capacity: 8))
        _ = try await api.store.assign([SlotID(index: 7): Self.worker], token: Self.token)
        try await api.test { client in
            for (word, state) in [("drain", "draining"), ("undrain", "ready"), ("drain", "draining")] {
                for body in ["{}", ""] {
                    let answer = try await client.post("/workers/w-1/\(word)", body)
                    #expect(answer.status == .accepted)
                    #expect(try answer.json["state"]?.string == state)
                    #expect(try answer.json["slots"] == 1, "nobody has taken it yet")
                }
                let shown = try await client.get("/workers/w-1").text
                #expect(shown.contains(#""state":"\#(state)""#))
                #expect(try await client.get("/workers").text == "[\(shown.dropLast())]\n")
                let count: JSONValue = state == "ready" ? 0 : 1
                #expect(try await client.get("/cluster").json["draining_workers"] == count)
            }
        }
    }

    @Test("Only a worker that is registered can drain, and nothing else is to be said of it", arguments: ["", "un"])
    func drainingNobody(prefix: String) async throws {
        let api = try TestAPI()
        _ = try await api.store.assign([SlotID(index: 7): WorkerID(rawValue: "w-0")], token: Self.token)
        try await api.session.register(WorkerDescription(id: Self.worker, host: "node-1", capacity: 8))
        try await api.test { client in
            for name in ["w-0", "w-9", "a%20b"] {
                let missing = try await client.post("/workers/\(name)/\(prefix)drain", "{}")
                #expect(missing.status == .notFound)
                #expect(try missing.json["detail"]?.string?.hasSuffix(" is not registered") == true)
            }
            let path = "/workers/w-1/\(prefix)drain"
            #expect(try await client.post(path, #"{"for":"1h"}"#).status == .unprocessableContent)
            #expect(try await client.post("\(path)?wait=1", "{}").status == .unprocessableContent)
            #expect(try await client.get(path).status == .methodNotAllowed)
        }
    }

    @Test("The full view of one job names the owner of its slot; the view of the contract, lists and changes do not")
    func owner() async throws {
        let api = try TestAPI()
        let job = try await api.service.create(JobRequest(schedule: "@daily", executable: .command("true")))
        try await api.test { client in
            #expect(try await client.get("/jobs/\(job.id)?view=full").json["worker"] == .null)
            _ = try await api.store.assign([job.slot: Self.worker], token: Self.token)
            #expect(try await client.get("/jobs/\(job.id)?view=full").json["worker"] == "w-1")
            #expect(try await client.get("/jobs/\(job.id)").json["worker"] == nil)
            let list = try #require(try await client.get("/jobs?view=full").json.array)
            #expect(list.count == 1 && list.allSatisfy { $0["worker"] == nil })
            #expect(try await client.post("/jobs/\(job.id)/pause?view=full", "").json["worker"] == nil)
        }
    }
}
#endif
