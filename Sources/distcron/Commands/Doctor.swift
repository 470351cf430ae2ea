import ArgumentParser
import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

#if MariaDB
import Logging
#endif

/// `distcron doctor`.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look for what is wrong, and say what to do about it.",
        discussion: """
            ✓ is well, ! may be meant so, ✗ is wrong. The exit code is 1 if anything is wrong. A database is looked at if \
            DISTCRON_STORE_URL or the variables in its place name one, and ZooKeeper if DISTCRON_ZOOKEEPER_URL does.
            """
    )

    @Option(help: "The data directory of a server on this machine; ./.distcron if it is there.", completion: .directory)
    var dataDir: String?
    @Option(name: .shortAndLong, help: "How to print the result.")
    var output = ReportFormat.table
    @OptionGroup var configurationOptions: ConfigurationOptions
    @OptionGroup var client: ClientOptions

    func run() async throws {
        var checks: [DoctorCheck] = []
        let settings: Settings
        do {
            settings = try self.configurationOptions.settings()
        } catch let failure as Failure {
            checks.append(DoctorCheck("configuration", .bad, failure.message, fix: failure.help))
            // What else there is to see does not depend on the file.
            settings = Settings()
        }
        var client = try self.client.client()
        // What has to be tried again, or takes longer, is not well.
        client.retries.pauses = []
        client.patience = .seconds(10)
        let server = ServerExamination(client: client)
        let (seen, answers) = await server.server()
        checks += seen
        if answers { checks += await server.jobs() }
        let directory = self.dataDir ?? settings.value(of: .storeDirectory)?.text
        checks += MachineExamination(directory: directory ?? "./.distcron", isNamed: directory != nil).checks
        #if MariaDB
        if let database = try Database.named(by: settings, logger: Self.silent) {
            checks += await DatabaseExamination(database: database).checks()
        }
        #endif
        #if ZooKeeper
        if let ensemble = try Ensemble.named(by: settings) {
            let cluster = await Self.cluster(settings, checks)
            checks += await EnsembleExamination(configuration: ensemble).checks(cluster: cluster)
            if let check = await Self.ledger(settings, checks) { checks.append(check) }
        }
        #endif
        switch self.output {
        case .json: try StandardOutput.write(JSONValue.array(checks.map(\.json)).line)
        case .table:
            for check in checks { try StandardOutput.write(check.text(on: StandardOutput.terminal)) }
        }
        guard !checks.contains(where: { $0.level == .bad }) else { throw ExitCode(1) }
    }

    #if MariaDB
    /// Whatever a database's connections log, the checks say.
    private static let silent = Logger(label: "distcron") { _ in SwiftLogNoOpLogHandler() }
    #endif

    #if ZooKeeper
    /// The cluster of the database; nil if none is named, or it is not one that can say so.
    private static func cluster(_ settings: Settings, _ checks: [DoctorCheck]) async -> ClusterID? {
        #if MariaDB
        return await Self.database(settings, checks)?.cluster()
        #else
        return nil
        #endif
    }

    /// What goes on by the ledger of the database; nil if there is nothing to say of that.
    private static func ledger(_ settings: Settings, _ checks: [DoctorCheck]) async -> DoctorCheck? {
        #if MariaDB
        guard let confirmed = await Self.database(settings, checks)?.confirmedWorkers() else { return nil }
        let isAnswered = checks.contains { $0.name == "zookeeper" && $0.level == .good }
        return DatabaseExamination.ledger(confirmed, isAnswered: isAnswered)
        #else
        return nil
        #endif
    }
    #endif

    #if ZooKeeper && MariaDB
    /// The database, if one is named that has the schema of this program.
    private static func database(_ settings: Settings, _ checks: [DoctorCheck]) -> DatabaseExamination? {
        let isCurrent = checks.contains { $0.name == "schema" && $0.level == .good }
        guard isCurrent, let database = try? Database.named(by: settings, logger: Self.silent) else { return nil }
        return DatabaseExamination(database: database)
    }
    #endif
}
