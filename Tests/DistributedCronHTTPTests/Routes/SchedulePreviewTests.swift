#if HTTP
import DistributedCronHTTP
import HTTPTypes
import HummingbirdTesting
import Testing

/// What an expression does, without a job.
struct SchedulePreviewTests {
    @Test("Words, instants and findings of an expression")
    func preview() async throws {
        try await TestAPI().test { client in
            let answer = try await client.get("/schedule/preview?expr=30+9+1+*+1&tz=Europe/Berlin&count=2")
            #expect(answer.status == .ok)
            let preview = try answer.json
            #expect(preview["expression"] == "30 9 1 * 1")
            #expect(preview["timezone"] == "Europe/Berlin")
            #expect(preview["dst"] == "debian")
            #expect(preview["seconds"] == false)
            #expect(preview["words"]?.string?.contains("09:30") == true)
            #expect(preview["findings"]?.array?.first?["code"] == "either-day")
            let fire: JSONValue = [
                "at": "2026-11-23T08:30:00Z", "local": "2026-11-23T09:30:00+01:00", "offset": "+01:00", "note": .null,
            ]
            #expect(preview["next"]?.array?.first == fire)
            #expect(preview["next"]?.array?.count == 2)
        }
    }

    @Test("A fire that a change of the clocks moved says so")
    func clockChange() async throws {
        try await TestAPI().test { client in
            let after = "after=2026-03-28T12:00:00Z&tz=Europe/Berlin&count=2"
            let debian = try await client.get("/schedule/preview?expr=30+2+*+*+*&\(after)").json["next"]?.array
            #expect(debian?.first?["at"] == "2026-03-29T01:00:00Z")
            #expect(debian?.first?["note"] == "dst_skipped")
            #expect(debian?.last?["note"] == .null)
            let autumn = "after=2026-10-24T12:00:00Z&tz=Europe/Berlin&count=2&dst=wall"
            let wall = try await client.get("/schedule/preview?expr=30+2+*+*+*&\(autumn)").json["next"]?.array
            #expect(wall?.map { $0["note"] } == [.null, "dst_repeated"])
        }
    }

    @Test(
        "What cannot be previewed is 422 with the field",
        arguments: [
            ("expr=61+*+*+*+*", "minute"), ("", "expr"), ("expr=@daily&tz=Europe/Berln", "tz"),
            ("expr=@daily&count=1001", "count"), ("expr=@daily&after=x", "after"), ("expr=@daily&dst=x", "dst"),
            ("expr=0+0+31+2+*", "day-of-month"), ("expr=@daily&seconds=maybe", "seconds"), ("expr=@daily&x=1", "x"),
        ]
    )
    func invalid(query: String, field: String) async throws {
        try await TestAPI().test { client in
            let answer = try await client.get("/schedule/preview?\(query)")
            #expect(answer.status == .unprocessableContent)
            #expect(try answer.firstError?["field"]?.string == field)
        }
    }

    @Test("The version is shown")
    func version() async throws {
        try await TestAPI().test { client in
            let answer = try await client.get("/version")
            #expect(answer.text == "{\"version\":\"\(JobsAPI.version)\"}\n")
        }
    }
}
#endif
