import ArgumentParser
import DistributedCronProcess
import Logging

/// `distcron migrate`.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring a database to the schema that this program knows.",
        discussion: """
            The database is the one of DISTCRON_STORE_URL, or of DISTCRON_DATABASE_HOSTS and what goes with it; its \
            user may define tables. Nothing is done to one that is up to date, and one of a newer program is refused.
            """
    )

    @Flag(help: "Print the statements, and change nothing.")
    var plan = false
    @Option(help: "Into how many slots a new cluster divides its jobs, a power of two up to 65536; for good.")
    var slots = 1_024
    @OptionGroup var configurationOptions: ConfigurationOptions

    func validate() throws {
        guard (1...65_536).contains(self.slots), self.slots & (self.slots - 1) == 0 else {
            throw ValidationError("--slots must be a power of two from 1 to 65536.")
        }
    }

    func run() async throws {
        #if MariaDB
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let database = try Database.required(
            by: try self.configurationOptions.settings(),
            logger: Logger(label: "distcron")
        )
        if self.plan {
            for statement in try await database.plan() {
                try StandardOutput.write(statement.hasPrefix("--") ? "\(statement)\n" : "\(statement);\n")
            }
        } else {
            let steps = try await database.migrate(slotCount: self.slots)
            StandardError.write("the schema is up to date\(steps.map { " after \($0)" } ?? "")\n")
        }
        #else
        throw Failure.withoutMariaDB
        #endif
    }
}
