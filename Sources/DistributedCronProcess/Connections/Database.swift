#if MariaDB
package import DistributedCron
package import DistributedCronMariaDB
package import Logging

/// The database that a program's settings name.
package struct Database {
    package let configuration: MariaDBConfiguration
    package let logger: Logger

    /// Reads the settings.
    ///
    /// - Returns: The database, or nil if none is named.
    /// - Throws: ``Failure`` if what is said of it is wrong.
    package static func named(by settings: Settings, logger: Logger) throws -> Database? {
        do {
            let configuration = try MariaDBConfiguration.configuration(of: settings.environment)
            return configuration.map { Self(configuration: $0, logger: logger) }
        } catch let error as MariaDBError {
            throw Failure(.configuration, settings.placing(error.message))
        }
    }

    /// The same, where there has to be one.
    ///
    /// - Throws: ``Failure``.
    package static func required(by settings: Settings, logger: Logger) throws -> Database {
        guard let database = try Self.named(by: settings, logger: logger) else {
            throw Failure(
                .configuration,
                "no database is named",
                help: "DISTCRON_STORE_URL=mariadb://user:password@host:3306/database distcron …"
            )
        }
        return database
    }

    /// Brings the database to the schema that this program knows.
    ///
    /// - Parameter slotCount: How many slots a new cluster has.
    /// - Returns: Which steps were taken, such as "steps 1, 2", or nil if none were missing.
    /// - Throws: ``Failure``.
    package func migrate(slotCount: Int = 1_024) async throws -> String? {
        let steps = try await self.migrating { migrator in
            try await self.refuseNewer(migrator)
            return try await migrator.migrate(slotCount: slotCount)
        }
        guard !steps.isEmpty else { return nil }
        return (steps.count == 1 ? "step " : "steps ") + steps.map { "\($0)" }.joined(separator: ", ")
    }

    /// The statements that a migration would execute.
    ///
    /// - Throws: ``Failure``.
    package func plan() async throws -> [String] {
        try await self.migrating { migrator in
            try await self.refuseNewer(migrator)
            return try await migrator.plan()
        }
    }

    private func refuseNewer(_ migrator: SchemaMigrator) async throws {
        // Beside programs that know the next schema this one goes on working.
        guard case .ahead(let number) = try await migrator.standing(), number > SchemaMigrator.newest + 1 else {
            return
        }
        throw Failure(
            .configuration,
            "the database has schema \(number), which a newer distcron has made and this one does not know",
            help: "use that one, or restore a backup from before"
        )
    }

    private func migrating<Answer>(_ work: (SchemaMigrator) async throws -> Answer) async throws -> Answer {
        let migrator = SchemaMigrator(configuration: self.configuration, logger: self.logger)
        do {
            let answer = try await work(migrator)
            await migrator.close()
            return answer
        } catch {
            await migrator.close()
            throw (error as? JobStoreError).map { Failure(database: $0) } ?? error
        }
    }
}

extension Failure {
    /// What a database cannot do, or somebody else has to do first.
    package init(database error: JobStoreError) {
        let code: Code =
            switch error.backendCode.map({ MariaDBError.Kind(number: $0) }) {
            case .denied: .notPermitted
            case .wrongDatabase, .missingSchema, .configuration: .configuration
            default: .unavailable
            }
        self.init(code, error.message)
    }
}
#endif
