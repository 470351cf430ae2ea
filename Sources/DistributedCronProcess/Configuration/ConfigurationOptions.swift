package import ArgumentParser

/// Where a program's configuration is, beside its environment.
package struct ConfigurationOptions: ParsableArguments {
    @Option(
        help: """
            A JSON file with what flags and the environment leave open, with keys such as store.kind and database.hosts; \
            that of DISTCRON_CONFIG if not given.
            """,
        completion: .file(extensions: ["json"])
    )
    package var config: String?
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Say what the file could, whatever it and the environment say.", valueName: "key=value")
    )
    var flags: [String] = []

    package init() {}

    package func validate() throws {
        for flag in self.flags {
            guard flag.contains("="), !flag.hasPrefix("=") else {
                throw ValidationError("--set takes a key and a value, as in --set log.format=json.")
            }
        }
    }

    /// What flags, the environment and the file say.
    ///
    /// - Throws: ``Failure``.
    package func settings() throws -> Settings {
        var flags: [String: String] = [:]
        for flag in self.flags {
            let parts = flag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            flags[String(parts[0])] = String(parts[1])
        }
        return try Settings(file: self.config, flags: flags)
    }
}
