import ArgumentParser

/// Where a server's configuration is, beside its flags and its environment.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        help: """
            A JSON file with what flags and the environment leave open, with keys such as store.kind and database.hosts; \
            that of DISTCRON_CONFIG if not given.
            """,
        completion: .file(extensions: ["json"])
    )
    var config: String?

    /// What the environment and the file say.
    ///
    /// - Throws: ``Failure``.
    func settings() throws -> Settings { try Settings(file: self.config) }
}
