package import ArgumentParser
package import Logging

/// What can be said to every program of a cluster.
package struct ProcessOptions: ParsableArguments {
    @OptionGroup package var configuration: ConfigurationOptions
    @Flag(help: "Print what flags, environment, file and defaults say together, without passwords, and end.")
    package var printConfig = false

    package init() {}

    /// Reads what is said, and has messages logged as it says.
    ///
    /// - Parameter keys: What the program wants to know, besides how to log.
    /// - Returns: What is said; nil if that was to be printed, and has been.
    /// - Throws: ``Failure``.
    package func begin(_ keys: [Setting]) throws -> Settings? {
        let settings = try self.configuration.settings()
        let logs = try LogPlan(settings)
        guard !self.printConfig else {
            try StandardOutput.write(try settings.document(of: keys + [.logFormat, .logLevel]))
            return nil
        }
        logs.bootstrap()
        return settings
    }
}

extension ProcessOptions {
    /// A logger of a process that is told by its environment alone how to log.
    ///
    /// - Throws: ``Failure``.
    package static func logger(_ label: String) throws -> Logger {
        try LogPlan(Settings()).bootstrap()
        return Logger(label: label)
    }
}

/// How messages are logged.
struct LogPlan {
    private let isJSON: Bool
    private let level: Logger.Level

    init(_ settings: Settings) throws {
        let format = try settings.read(.logFormat, "text or json") { ["text", "json"].contains($0) ? $0 : nil }
        self.isJSON = format == "json"
        let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        self.level = try settings.read(.logLevel, levels) { Logger.Level(rawValue: $0) } ?? .info
    }

    func bootstrap() {
        LoggingSystem.bootstrap { [isJSON, level] label in
            var handler: any LogHandler =
                isJSON ? JSONLogHandler(label: label) : StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
    }
}
