import ArgumentParser

/// `distcron rm`.
struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove jobs: they keep their history and never run again."
    )

    @Argument(help: "The jobs' identities or names.")
    var jobs: [String]
    @OptionGroup var client: ClientOptions

    func run() async throws {
        let client = try self.client.client()
        for job in self.jobs {
            let id = try await client.jobID(job)
            _ = try await client.send(.delete, "/jobs/\(id)")
            StandardError.write("removed \(Table.printable(job)); its runs: distcron runs \(id)\n")
        }
    }
}
