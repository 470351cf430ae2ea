import ArgumentParser
import DistributedCronHTTP
import DistributedCronProcess

/// The worker that a command is about.
struct WorkerArgument: ParsableArguments {
    @Argument(help: "The worker's identity, as distcron workers shows it.", completion: .workers)
    var worker: String

    /// Asks for something to be done with the worker, and shows the worker as it is then.
    ///
    /// - Parameters:
    ///   - action: The last part of the path.
    ///   - client: Asks the server.
    ///   - format: How to show it.
    /// - Throws: ``Failure``.
    func ask(_ action: String, _ client: APIClient, _ format: OutputOptions) async throws {
        let worker: JSONValue
        do {
            worker = try await client.json(.post, "/workers/\(QueryText.encoded(self.worker))/\(action)")
        } catch let failure as Failure where failure.status == 404 {
            var failure = failure
            failure.help = "distcron workers shows who is registered"
            throw failure
        }
        try format.print(worker)
        guard format.output == .table else { return }
        try StandardOutput.write(WorkerLine.table([worker]).text(on: StandardOutput.terminal))
    }
}
