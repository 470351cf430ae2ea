#if HTTP
import DistributedCron
import DistributedCronProcess
import Logging
import ServiceLifecycle

#if MariaDB
import DistributedCronMariaDB
#endif

/// The storage of `distcron up`, opened.
struct Storage {
    let place: CronService.Storage
    /// What has to run as long as the cron does, if anything.
    var service: (any Service)?
    /// What there is to say of where jobs are kept, if it is not the directory.
    var note: String?

    /// Opens what was asked for; a database is brought to the schema that this program knows.
    ///
    /// - Throws: ``Failure``.
    init(_ plan: StorePlan, logger: Logger) async throws {
        switch plan.kind {
        case .memory:
            self.place = .memory
            self.note = "jobs are kept in memory until the server ends"
        case .directory:
            self.place = .directory(plan.directory)
        case .mariadb:
            #if MariaDB
            let database = try Database.required(by: plan.settings, logger: logger)
            let steps = try await database.migrate()
            let store = MariaDBJobStore(configuration: database.configuration, logger: logger)
            self.place = .store(store, files: plan.directory)
            self.service = store
            self.note =
                "jobs are kept in \(database.configuration)"
                + (steps.map { ", whose schema is up to date after \($0)" } ?? "")
            #else
            throw Failure.withoutMariaDB
            #endif
        }
    }
}
#endif
