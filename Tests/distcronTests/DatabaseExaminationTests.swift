#if HTTP && MariaDB
import DistributedCron
import DistributedCronMariaDB
import DistributedCronProcess
import Foundation
import Logging
import Testing

@testable import distcron

/// What `doctor` makes of what it sees of a database.
@Suite(.timeLimit(.minutes(2)))
struct DatabaseExaminationTests {
    private static func examination(_ environment: [String: String]) throws -> DatabaseExamination {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let settings = try Settings(file: nil, environment: environment)
        return DatabaseExamination(database: try #require(try Database.named(by: settings, logger: logger)))
    }

    /// What is made of a node's status, where three hosts are named.
    private static func galera(_ status: [String: String]) throws -> DoctorCheck {
        let examination = try Self.examination(["DISTCRON_STORE_URL": "mariadb://u:p@a,b,c/d"])
        let host = try #require(examination.database.configuration.hosts.first)
        let well = [
            "wsrep_ready": "ON", "wsrep_cluster_size": "3", "wsrep_local_state_comment": "Synced",
            "wsrep_flow_control_paused": "0.012345",
        ]
        var findings = DatabaseExamination.Findings()
        findings.cluster = well.merging(status) { $1 }
        let checks = examination.judge(findings, of: host, at: findings.now)
        #expect(checks.map(\.name) == ["database", "database clock", "galera"])
        return checks[2]
    }

    @Test("A node that is ready in a whole cluster, and was seldom held up, is well")
    func well() throws {
        let check = try Self.galera([:])
        #expect(check.level == .good)
        #expect(check.message.contains("is Synced, wsrep_ready ON, in a cluster of 3; flow control held"))
        #expect(check.message.hasSuffix("for 1.2 % of the time"))
    }

    @Test("A node that takes no work is wrong, one whose cluster is smaller or held up is worth a look")
    func unwell() throws {
        let stray = try Self.galera([
            "wsrep_ready": "OFF", "wsrep_cluster_size": "1", "wsrep_local_state_comment": "Initialized",
        ])
        #expect(stray.level == .bad)
        #expect(stray.message.contains("is Initialized, wsrep_ready OFF, in a cluster of 1"))
        let small = try Self.galera(["wsrep_cluster_size": "2"])
        #expect(small.level == .warning)
        #expect(small.fix == "3 hosts are named: start those that are missing")
        let slow = try Self.galera(["wsrep_flow_control_paused": "0.25"])
        #expect(slow.level == .warning)
        #expect(slow.message.hasSuffix("for 25.0 % of the time"))
        #expect(slow.fix?.contains("wsrep_local_recv_queue_avg") == true)
    }

    /// `doctor` is what somebody asks first in an outage: it has to tell a cluster that goes on from one that stands.
    @Test("It is said who goes on by the ledger while ZooKeeper is away, and who is cut off while it is not")
    func ledger() {
        let workers = ["w-1", "w-2"].map {
            ConfirmedWorker(id: WorkerID(rawValue: $0), until: Date(timeIntervalSince1970: 1_772_409_600))
        }
        let away = DatabaseExamination.ledger(workers, isAnswered: false)
        #expect(away?.level == .warning)
        let words = "the ledger confirms 2 workers, each until 2026-03-02T00:00:00Z at least: "
        #expect(away?.message.hasPrefix("while ZooKeeper does not answer, \(words)") == true)
        #expect(away?.fix?.contains("restart no worker") == true)
        let idle = DatabaseExamination.ledger([], isAnswered: false)
        #expect(idle?.message.contains("the ledger confirms no worker") == true)
        let cutOff = DatabaseExamination.ledger(workers, isAnswered: true)
        #expect(cutOff?.message.hasPrefix("ZooKeeper answers here, and \(words)") == true)
        #expect(cutOff?.fix?.hasSuffix("w-1, w-2") == true)
        #expect(DatabaseExamination.ledger([], isAnswered: true) == nil)
    }

    @Test(
        "Each node of a cluster says that it is ready, how large the cluster is, and how much writers were held up",
        .enabled(if: DatabaseServer.galera != nil, "DISTCRON_TEST_GALERA is not set")
    )
    func nodes() async throws {
        let url = try #require(DatabaseServer.galera)
        let examination = try Self.examination(["DISTCRON_STORE_URL": url])
        let checks = await examination.checks()
        let nodes = checks.filter { $0.name == "galera" }
        #expect(checks.filter { $0.name == "database" }.map(\.level) == [.good, .good, .good], "\(checks)")
        try #require(nodes.count == 3, "\(checks)")
        for (check, host) in zip(nodes, examination.database.configuration.hosts) {
            let isReady = check.message.hasPrefix("\(host) is Synced, wsrep_ready ON, in a cluster of 3; flow control ")
            #expect(isReady, "\(check)")
            #expect(check.message.contains(#/held its writers up for \d+\.\d % of the time$/#), "\(check)")
            // Other tests write to the nodes meanwhile, and may be held up.
            #expect(check.level == .good || check.fix?.contains("FLUSH STATUS") == true, "\(check)")
        }
    }

    @Test(
        "A server that is of no cluster is asked for none of that",
        .enabled(if: DatabaseServer.url != nil, "DISTCRON_TEST_MARIADB is not set")
    )
    func plain() async throws {
        try await DatabaseServer.with { database in
            let examination = try Self.examination(database.environment)
            let checks = await examination.checks()
            #expect(checks.map(\.name) == ["database", "database clock", "schema"])
            #expect(checks.first?.level == .good, "\(checks)")
            #expect(checks.last?.message == "the database is empty")
        }
    }
}
#endif
