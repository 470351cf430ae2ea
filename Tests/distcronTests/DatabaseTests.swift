#if HTTP && MariaDB
import DistributedCronProcess
import Foundation
import Testing

@testable import distcron

/// `distcron` over a real database.
@Suite(
    .enabled(if: DatabaseServer.url != nil, "DISTCRON_TEST_MARIADB is not set"),
    .enabled(if: Program.path != nil, "the tool is not built"),
    .timeLimit(.minutes(5))
)
struct DatabaseTests {
    @Test("An empty database is migrated, and the next server finds the jobs in it")
    func keeps() async throws {
        try await DatabaseServer.with { database in
            let directory = Self.directory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let first = try await Self.serve(database, directory)
            #expect(first.banner.contains("jobs are kept in mariadb://distcron@127.0.0.1:"))
            #expect(first.banner.contains("up to date after steps 1, 2"))
            let arguments = ["add", "--schedule", "@daily", "--command", "echo hello", "--name", "greeting"]
            let added = try await Program.start(arguments, url: first.url).result()
            #expect(added.status == 0, "\(added.errors)")
            first.server.terminate(SIGKILL)
            _ = await first.server.result()

            let second = try await Self.serve(database, directory)
            #expect(!second.banner.contains("up to date after"))
            let run = try await Program.run("run", "greeting", "--wait", url: second.url)
            #expect(run.status == 0 && run.output.contains("hello"), "\(run)")
            second.server.terminate()
            let ended = await second.server.result()
            #expect(ended.status == 0, "\(ended.errors)")
        }
    }

    @Test("A second server on the same database takes over, and the first ends with a sentence")
    func takesOver() async throws {
        try await DatabaseServer.with { database in
            let directories = (Self.directory(), Self.directory())
            defer {
                try? FileManager.default.removeItem(atPath: directories.0)
                try? FileManager.default.removeItem(atPath: directories.1)
            }
            let first = try await Self.serve(database, directories.0)
            // Once it has led: of two that begin in the same moment, either takes over.
            let arguments = ["add", "--schedule", "@daily", "--command", "echo hello", "--name", "greeting"]
            let added = try await Program.start(arguments, url: first.url).result()
            #expect(added.status == 0, "\(added.errors)")
            let run = try await Program.run("run", "greeting", "--wait", url: first.url)
            #expect(run.status == 0, "\(run)")
            let second = try await Self.serve(database, directories.1)
            let ended = await first.server.result()
            #expect(ended.status == Failure.Code.conflict.rawValue)
            #expect(ended.errors.contains("error: another process has opened the same store and taken over its jobs\n"))
            let doctor = try await Self.run(
                database,
                ["doctor", "-o", "json", "--data-dir", directories.1],
                url: second.url
            )
            #expect(doctor.output.contains(#""check":"schema","level":"ok""#), "\(doctor)")
            #expect(doctor.output.contains(#""check":"database clock","level":"ok""#))
            second.server.terminate()
            #expect(await second.server.result().status == 0)
        }
    }

    @Test("A plan is printed and changes nothing; a migration says what it has done, and is done once")
    func migrates() async throws {
        try await DatabaseServer.with { database in
            let plan = try await Self.run(database, ["migrate", "--plan"])
            #expect(plan.status == 0 && plan.output.contains("CREATE TABLE IF NOT EXISTS jobs ("), "\(plan)")
            #expect(try await database.tableCount() == 0)
            let doctor = try await Self.run(database, ["doctor"])
            #expect(doctor.output.contains("✗ schema: the database is empty\n  fix: distcron migrate\n"))
            let first = try await Self.run(database, ["migrate", "--slots", "64"])
            #expect(first.status == 0 && first.errors == "the schema is up to date after steps 1, 2\n", "\(first)")
            let second = try await Self.run(database, ["migrate"])
            #expect(second.status == 0 && second.errors == "the schema is up to date\n", "\(second)")
            #expect(try await Self.run(database, ["migrate", "--plan"]).output.isEmpty)
        }
    }

    @Test("A schema of a newer program is refused", arguments: [["migrate"], ["migrate", "--plan"], ["up"]])
    func refusesNewer(_ command: [String]) async throws {
        try await DatabaseServer.with { database in
            _ = try await Self.run(database, ["migrate", "--slots", "1"])
            try await database.command("INSERT INTO migrations VALUES (99, 'from the future', NOW(6))")
            let directory = Self.directory()
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let options = command == ["up"] ? ["--store", "mariadb", "--port", "0", "--data-dir", directory] : []
            let result = try await Self.run(database, command + options)
            #expect(result.status == Failure.Code.configuration.rawValue)
            #expect(result.errors.contains("the database has schema 99, which a newer distcron has made"))
            #expect(!FileManager.default.fileExists(atPath: directory))
        }
    }

    private static func directory() -> String {
        FileManager.default.temporaryDirectory.appending(path: "distcron-\(UUID())").path()
    }

    private static func run(
        _ database: DatabaseServer,
        _ arguments: [String],
        url: String? = nil
    ) async throws -> ChildProcess.Result {
        try await Program.start(arguments, url: url, environment: database.environment).result()
    }

    private static func serve(
        _ database: DatabaseServer,
        _ directory: String
    ) async throws -> (server: ChildProcess, url: String, banner: String) {
        let arguments = ["up", "--store", "mariadb", "--port", "0", "--data-dir", directory]
        let server = try Program.start(arguments, environment: database.environment)
        let banner = await server.output(until: "Serving.")
        return (server, String(try #require(banner.firstMatch(of: #/http://localhost:\d+/#)).output), banner)
    }
}
#endif
