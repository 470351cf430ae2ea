#if HTTP && MariaDB && ZooKeeper
import DistributedCron
import DistributedCronProcess
import DistributedCronZooKeeper
import Foundation
import Testing

@testable import distcron

/// The programs of a cluster where ZooKeeper is not as it has to be.
@Suite(
    .enabled(if: DatabaseServer.url != nil, "DISTCRON_TEST_MARIADB is not set"),
    .enabled(if: EnsembleServer.hosts != nil, "DISTCRON_TEST_ZOOKEEPER is not set"),
    .enabled(if: Program.built("distcron-worker") != nil, "the programs are not built"),
    .timeLimit(.minutes(5))
)
struct BrokenClusterTests {
    @Test("doctor says how the servers, the session, the credentials, the chroot and the versions are")
    func examines() async throws {
        try await Self.withDatabase { database in
            let ensemble = EnsembleServer()
            let empty = try await Self.doctor(database, try ensemble.url())
            for check in ["zookeeper", "session"] {
                #expect(empty.contains(#""check":"\#(check)","level":"ok""#), "\(empty)")
            }
            #expect(empty.contains(#""check":"chroot","level":"warning""#), "\(empty)")

            let session = try await ensemble.prepare(for: try await database.cluster())
            let well = try await Self.doctor(database, try ensemble.url())
            for check in ["credentials", "chroot", "protocol"] {
                #expect(well.contains(#""check":"\#(check)","level":"ok""#), "\(well)")
            }
            let stranger = try await Self.doctor(database, try ensemble.url("cron:guess"))
            #expect(stranger.contains(#""check":"credentials","level":"failed""#), "\(stranger)")
            #expect(!stranger.contains("guess"))
            await session.close()
        }
    }

    @Test("doctor says that a chroot is another cluster's, that a version is too far away, and that nobody answers")
    func findsFaults() async throws {
        try await Self.withDatabase { database in
            let ensemble = EnsembleServer()
            let session = try await ensemble.prepare(for: IdentitySource().clusterID(), version: 3)
            let found = try await Self.doctor(database, try ensemble.url())
            for check in ["chroot", "protocol"] {
                #expect(found.contains(#""check":"\#(check)","level":"failed""#), "\(found)")
            }
            await session.close()
            // Nobody listens on the port of the TCP port service multiplexer.
            let nobody = try await Self.doctor(database, "zookeeper://cron:sesame@127.0.0.1:1/c")
            #expect(nobody.contains(#""check":"zookeeper","level":"failed""#), "\(nobody)")
            #expect(nobody.contains(#""check":"ledger","level":"warning""#), "\(nobody)")
        }
    }

    @Test(
        "A manager and a worker end with a sentence and an exit code",
        arguments: ["distcron-manager", "distcron-worker"]
    )
    func refuses(_ program: String) async throws {
        try await Self.withDatabase { database in
            let (own, foreign, newer) = (EnsembleServer(), EnsembleServer(), EnsembleServer())
            let cluster = try await database.cluster()
            let sessions = [
                try await own.prepare(for: cluster),
                try await foreign.prepare(for: IdentitySource().clusterID()),
                try await newer.prepare(for: cluster, version: 3),
            ]
            let expected: [(url: String, code: Failure.Code, words: String)] = [
                (try own.url("cron:guess"), .notPermitted, "error: ZooKeeper refuses the credentials: "),
                (try foreign.url(), .configuration, "error: \(foreign.chroot) in ZooKeeper belongs to cluster "),
                (try newer.url(), .configuration, "error: this program speaks version 1 of the coordination protocol"),
            ]
            for (url, code, words) in expected {
                let result = try await Self.start(program, database, url) { await $0.result() }
                #expect(result.status == code.rawValue, "\(result)")
                #expect(result.errors.contains(words) && !result.errors.contains("guess"), "\(result.errors)")
            }
            for session in sessions { await session.close() }
        }
    }

    @Test("A server waits, and says in /readyz for what")
    func waits() async throws {
        try await Self.withDatabase { database in
            let ensemble = EnsembleServer()
            let session = try await ensemble.prepare(for: try await database.cluster())
            try await Self.start("distcron-server", database, try ensemble.url("cron:guess")) { server in
                let line = await server.output(until: "\n")
                let url = String(try #require(line.firstMatch(of: #/http://127\.0\.0\.1:\d+/#)).output)
                let said = await server.errors(until: "Waiting for a session")
                #expect(said.contains("Waiting for a session"))
                let doctor = try await Program.run("doctor", "-o", "json", url: url)
                #expect(doctor.output.contains(#""check":"ready","level":"failed""#), "\(doctor)")
                #expect(
                    doctor.output.contains("there is no session with ZooKeeper: ZooKeeper refuses the credentials"),
                    "\(doctor)"
                )
                server.terminate()
                #expect(await server.result().status == 0)
            }
            await session.close()
        }
    }

    /// Has a database used that is migrated.
    private static func withDatabase(_ body: (DatabaseServer) async throws -> Void) async throws {
        try await DatabaseServer.with { database in
            let migration = try Program.start(["migrate", "--slots", "4"], environment: database.environment)
            #expect(await migration.result().status == 0)
            try await body(database)
        }
    }

    private static func doctor(_ database: DatabaseServer, _ url: String) async throws -> String {
        let environment = database.environment.merging(["DISTCRON_ZOOKEEPER_URL": url]) { $1 }
        return try await Program.start(["doctor", "-o", "json"], environment: environment).result().output
    }

    /// Starts a program of a cluster with directories of its own, which are removed.
    private static func start<Answer>(
        _ program: String,
        _ database: DatabaseServer,
        _ url: String,
        _ body: (ChildProcess) async throws -> Answer
    ) async throws -> Answer {
        let directory = FileManager.default.temporaryDirectory.appending(path: "distcron-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let variables = [
            "DISTCRON_ZOOKEEPER_URL": url, "DISTCRON_ARTIFACTS_DIRECTORY": "\(directory)/artifacts",
            "DISTCRON_WORKER_DIRECTORY": "\(directory)/worker", "DISTCRON_HTTP_PORT": "0",
        ]
        let process = try ChildProcess(
            [try #require(Program.built(program))],
            environment: database.environment.merging(variables) { $1 }
        )
        do {
            return try await body(process)
        } catch {
            process.terminate()
            throw error
        }
    }
}
#endif
