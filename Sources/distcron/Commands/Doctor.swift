import ArgumentParser
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
            DISTCRON_STORE_URL or the variables in its place name one.
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
        // Whatever it logs, the checks say.
        let logger = Logger(label: "distcron") { _ in SwiftLogNoOpLogHandler() }
        if let database = try Database.named(by: settings, logger: logger) {
            checks += await DatabaseExamination(database: database).checks()
        }
        #endif
        switch self.output {
        case .json: try StandardOutput.write(JSONValue.array(checks.map(\.json)).line)
        case .table:
            for check in checks { try StandardOutput.write(check.text(on: StandardOutput.terminal)) }
        }
        guard !checks.contains(where: { $0.level == .bad }) else { throw ExitCode(1) }
    }
}
