import DistributedCronHTTP
import DistributedCronProcess
import Testing

@testable import distcron

/// What `add` and `set` send, by the words of the API.
struct JobChangesTests {
    private static func changes(_ assignments: String...) throws -> String {
        var changes = JobChanges()
        for assignment in assignments { try changes.assign(assignment) }
        return changes.json.text
    }

    @Test("Values are typed by their field, and members of a group are put together")
    func types() throws {
        #expect(
            try Self.changes("timeout_s=15m", "retry.max=3", "retry.jitter=0.25", "seconds=true", "misfire.policy=all")
                == #"{"timeout_s":900,"retry":{"max":3,"jitter":0.25},"seconds":true,"misfire":{"policy":"all"}}"#
        )
        #expect(
            try Self.changes("ends_at=2026-12-24T16:00:00+01:00", "name=7", "pause.reason=db")
                == #"{"ends_at":"2026-12-24T15:00:00Z","name":"7","pause":{"reason":"db"}}"#
        )
    }

    @Test("Keys of labels and variables may have dots, their values may have anything")
    func texts() throws {
        #expect(
            try Self.changes("labels.example.org/team=a=b", "env.PATH=/bin:/usr/bin", "env.A=null")
                == #"{"labels":{"example.org/team":"a=b"},"env":{"PATH":"/bin:/usr/bin","A":null}}"#
        )
    }

    @Test("Nothing or null clears a member, or all of a group")
    func clearing() throws {
        #expect(
            try Self.changes("retry=", "timeout_s=null", "labels=", "pause=", "description=")
                == #"{"retry":null,"timeout_s":null,"labels":null,"pause":null,"description":null}"#
        )
    }

    @Test(
        "A wrong key or value is refused with what was probably meant",
        arguments: [
            ("concurency=skip", "did you mean concurrency?"), ("timeout=5", "did you mean timeout_s?"),
            ("max_backoff_s=1", "did you mean retry.max_backoff_s?"), ("concurrency=allov", "did you mean allow?"),
            ("on_lapse=finnish", "did you mean finish?"),
            ("retry.max=many", nil), ("timeout_s=1.5", nil), ("ends_at=tomorrow", nil), ("seconds=yes", nil),
            ("retry=3", nil), ("labels=a", nil), ("id=1", "there are: "), ("labels.=x", "did you mean labels?"),
            ("timeout_s", "such as timeout_s=15m"), ("=x", "such as timeout_s=15m"),
        ] as [(String, String?)]
    )
    func refusals(assignment: String, help: String?) throws {
        let failure = try #require(throws: Failure.self) { try Self.changes(assignment) }
        #expect(failure.code == .usage)
        if let help { #expect(failure.help?.hasPrefix(help) == true, "\(failure)") }
    }

    @Test("Every field that the server takes can be written")
    func completeness() {
        let roots = Set(JobField.all.map { $0.name.prefix { $0 != "." } })
        #expect(
            roots == [
                "executable", "schedule", "type", "name", "description", "labels", "timezone", "dst", "seconds",
                "misfire", "concurrency", "recovery", "on_lapse", "on_outage", "retry", "timeout_s", "kill_grace_s",
                "deadline_s", "max_runs", "ends_at", "env", "cwd", "pause",
            ]
        )
    }

    @Test("What changed is told member by member, as it was and as it is")
    func differences() {
        let before: JSONValue = [
            "version": 1, "schedule": "@daily", "labels": ["a": "1"], "retry": ["max": 0, "backoff_s": 5],
        ]
        let after: JSONValue = [
            "version": 2, "schedule": "@hourly", "labels": ["b": ""], "retry": ["max": 3, "backoff_s": 5],
        ]
        #expect(
            SetJob.differences(from: before, to: after) == [
                "schedule: @daily → @hourly", "labels.a: 1 → none", #"labels.b: none → """#, "retry.max: 0 → 3",
            ]
        )
        #expect(SetJob.differences(from: before, to: before).isEmpty)
    }

    /// The choice counts from the next change of `recovery` on, so whoever has made it must not read that nothing has changed.
    @Test(
        "A choice of what the job did anyway is told, and so is that it was taken back; what changed nothing is not",
        arguments: [
            (#"{"on_lapse":"stop"}"#, 2, "on_lapse: stop, whatever recovery and concurrency are\nchanged a, "),
            (#"{"on_lapse":null}"#, 2, "on_lapse: stop, as recovery and concurrency have it\nchanged a, "),
            (#"{"on_lapse":"stop"}"#, 1, "nothing changed: a is like that already\n"),
            // A pause that is over is left behind with any change.
            (#"{"on_outage":"hold"}"#, 2, "nothing changed: a is like that already\n"),
        ]
    )
    func choices(patch: String, version: Int, message: String) throws {
        func job(_ version: Int) -> JSONValue {
            ["name": "a", "version": .number("\(version)"), "on_lapse": "stop", "on_outage": "hold"]
        }
        let changes = try JSONParser.parse(Array(patch.utf8))
        let told = SetJob.message(from: job(1), to: job(version), changes)
        #expect(told.hasPrefix(message), "\(told)")
    }
}
