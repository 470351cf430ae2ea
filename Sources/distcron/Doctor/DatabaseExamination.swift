#if MariaDB
import DistributedCron
import DistributedCronMariaDB
import DistributedCronProcess
import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What `doctor` asks a database: every server of it, each for itself.
struct DatabaseExamination {
    /// The oldest version that the schema and the statements were written for.
    static let oldest = [10, 11]
    /// From which share of the time on a cluster that holds up its writers is worth a look.
    static let pausedFraction = 0.05

    /// What a server says of itself.
    struct Findings {
        var version = ""
        /// The cipher of the connection; empty without TLS.
        var cipher = ""
        var isReadOnly = false
        var now = Date.distantPast
        /// The variables of Galera, if the server is a node of a cluster.
        var cluster: [String: String] = [:]
    }

    let database: Database

    /// How each server is, and whether the schema is the one that this program knows.
    func checks() async -> [DoctorCheck] {
        var checks: [DoctorCheck] = []
        for host in self.database.configuration.hosts { checks += await self.examine(host) }
        // What no server lets in has said so already.
        return checks.contains { $0.level != .bad } ? checks + [await self.schema()] : checks
    }

    private func examine(_ host: MariaDBConfiguration.Host) async -> [DoctorCheck] {
        var configuration = self.database.configuration
        configuration.hosts = [host]
        configuration.needsReadyNode = false
        let pool = ConnectionPool(configuration: configuration, logger: self.database.logger)
        let checks: [DoctorCheck]
        do {
            // The first of a connection takes longer, and would be taken for the clock's difference.
            try await pool.withSession { _ in }
            let before = SystemWallClock().now
            let findings = try await pool.withSession { try Findings(of: $0) }
            let after = SystemWallClock().now
            let middle = before.addingTimeInterval(after.timeIntervalSince(before) / 2)
            checks = self.judge(findings, of: host, at: middle)
        } catch let error as MariaDBError {
            checks = [Self.unreachable(error)]
        } catch {
            checks = [DoctorCheck("database", .bad, "\(host): \(error)")]
        }
        await pool.close()
        return checks
    }

    /// What is to be thought of what a server says.
    ///
    /// - Parameters:
    ///   - findings: What it says.
    ///   - host: Which server it is.
    ///   - here: This machine's clock at the moment at which the server was asked for its own.
    /// - Returns: A check of the server, one of its clock, and one of its cluster if it has one.
    func judge(_ findings: Findings, of host: MariaDBConfiguration.Host, at here: Date) -> [DoctorCheck] {
        var checks = [Self.server(findings, host), Self.clock(findings.now.timeIntervalSince(here), host)]
        if !findings.cluster.isEmpty {
            checks.append(Self.cluster(findings.cluster, host, count: self.database.configuration.hosts.count))
        }
        return checks
    }

    private static func server(_ findings: Findings, _ host: MariaDBConfiguration.Host) -> DoctorCheck {
        let encryption = findings.cipher.isEmpty ? "without TLS" : "TLS with \(findings.cipher)"
        let message = "\(host) answers, version \(findings.version), \(encryption)"
        let version = findings.version.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        if findings.isReadOnly {
            return DoctorCheck(
                "database",
                .bad,
                "\(message), and takes no writes: read_only is ON",
                fix: "name the primary in DISTCRON_STORE_URL, or SET GLOBAL read_only = OFF"
            )
        }
        if version.lexicographicallyPrecedes(Self.oldest) {
            return DoctorCheck(
                "database",
                .warning,
                message,
                fix: "MariaDB 10.11 or newer is what distcron is tested with"
            )
        }
        if findings.cipher.isEmpty, !host.isLoopback {
            return DoctorCheck("database", .warning, message, fix: "give the server a certificate, and drop tls=off")
        }
        return DoctorCheck("database", .good, message)
    }

    private static func clock(_ distance: TimeInterval, _ host: MariaDBConfiguration.Host) -> DoctorCheck {
        let milliseconds = Int((abs(distance) * 1_000).rounded())
        let words = "\(milliseconds) ms \(distance > 0 ? "ahead of" : "behind") this machine's"
        // A claim may be up to a second ahead of the database's clock; a clock behind makes every run late by as much.
        guard milliseconds > 500 else { return DoctorCheck("database clock", .good, "\(host): \(words)") }
        return DoctorCheck(
            "database clock",
            milliseconds > 2_000 ? .bad : .warning,
            "\(host): \(words)",
            fix: "let both follow NTP: timedatectl set-ntp true"
        )
    }

    private static func cluster(
        _ status: [String: String],
        _ host: MariaDBConfiguration.Host,
        count: Int
    ) -> DoctorCheck {
        let size = status["wsrep_cluster_size"].flatMap { Int($0) } ?? 0
        let paused = status["wsrep_flow_control_paused"].flatMap { Double($0) } ?? 0
        let words = """
            \(host) is \(status["wsrep_local_state_comment"] ?? "of an unknown state"), wsrep_ready \
            \(status["wsrep_ready"] ?? "?"), in a cluster of \(size); flow control held its writers up for \
            \((paused * 1_000).rounded() / 10) % of the time
            """
        if status["wsrep_ready"] != "ON" {
            return DoctorCheck("galera", .bad, words, fix: "bring back the other nodes, or see the node's error log")
        }
        if size < count {
            return DoctorCheck("galera", .warning, words, fix: "\(count) hosts are named: start those that are missing")
        }
        if paused > Self.pausedFraction {
            return DoctorCheck(
                "galera",
                .warning,
                words,
                fix: "see which node is slow: wsrep_local_recv_queue_avg of each; count anew with FLUSH STATUS"
            )
        }
        return DoctorCheck("galera", .good, words)
    }

    /// The cluster that the database is of; nil if it does not say.
    func cluster() async -> ClusterID? {
        let store = MariaDBJobStore(configuration: self.database.configuration, logger: self.database.logger)
        let cluster = try? await store.cluster()
        await store.close()
        return cluster?.id
    }

    /// The workers that go on by the ledger; nil if the database does not say.
    func confirmedWorkers() async -> [ConfirmedWorker]? {
        let store = MariaDBJobStore(configuration: self.database.configuration, logger: self.database.logger)
        let confirmed = try? await store.confirmedWorkers()
        await store.close()
        return confirmed
    }

    /// What is to be thought of the workers that go on by the ledger.
    ///
    /// - Parameters:
    ///   - confirmed: The workers.
    ///   - isAnswered: Whether ZooKeeper answers this machine.
    /// - Returns: Nil if ZooKeeper answers, and no worker does without it.
    static func ledger(_ confirmed: [ConfirmedWorker], isAnswered: Bool) -> DoctorCheck? {
        let words = OutageReport.words(confirmed)
        guard isAnswered else {
            return DoctorCheck(
                "ledger",
                .warning,
                "while ZooKeeper does not answer, \(words)",
                fix: "bring ZooKeeper back, and restart no worker before: one that begins anew has no lease"
            )
        }
        guard !confirmed.isEmpty else { return nil }
        let names = confirmed.prefix(5).map(\.id.rawValue).joined(separator: ", ")
        return DoctorCheck(
            "ledger",
            .warning,
            "ZooKeeper answers here, and \(words)",
            fix: "it ends within a minute if ZooKeeper was away for all; else see what cuts it off from \(names)"
        )
    }

    private func schema() async -> DoctorCheck {
        let migrator = SchemaMigrator(configuration: self.database.configuration, logger: self.database.logger)
        let check: DoctorCheck
        do {
            check = Self.schema(try await migrator.standing())
        } catch {
            check = DoctorCheck("schema", .bad, (error as? JobStoreError)?.message ?? "\(error)")
        }
        await migrator.close()
        return check
    }

    /// What is to be thought of how far a schema is.
    static func schema(_ standing: SchemaMigrator.Standing) -> DoctorCheck {
        switch standing {
        case .current: DoctorCheck("schema", .good, "up to date")
        case .behind(0): DoctorCheck("schema", .bad, "the database is empty", fix: "distcron migrate")
        case .behind(let number):
            DoctorCheck("schema", .bad, "the schema is \(number), and this program needs more", fix: "distcron migrate")
        case .ahead(SchemaMigrator.newest + 1):
            DoctorCheck("schema", .good, "the next one, which this program can work on")
        case .ahead(let number):
            DoctorCheck(
                "schema",
                .bad,
                "the schema is \(number), which a newer distcron has made",
                fix: "use that one, or restore a backup from before"
            )
        }
    }

    private static func unreachable(_ error: MariaDBError) -> DoctorCheck {
        DoctorCheck("database", .bad, error.asJobStoreError.message)
    }
}

extension DatabaseExamination.Findings {
    /// Asks the server of a connection.
    init(of session: Session) throws {
        self.now = try session.query("SELECT NOW(6)") { try $0.date(0) }.first ?? .distantPast
        let server = try session.query("SELECT VERSION(), @@GLOBAL.read_only") { (try $0.text(0), try $0.int(1)) }
        self.version = server.first?.0 ?? ""
        self.isReadOnly = server.first?.1 != 0
        let status = try session.query(
            "SHOW STATUS WHERE variable_name LIKE 'wsrep\\_%' OR variable_name = 'Ssl_cipher'"
        ) { (try $0.text(0), try $0.text(1)) }
        let values = Dictionary(status) { $1 }
        self.cipher = values["Ssl_cipher"] ?? ""
        if session.isGalera { self.cluster = values }
    }
}
#endif
