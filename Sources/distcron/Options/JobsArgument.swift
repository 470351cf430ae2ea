import ArgumentParser
import DistributedCronProcess

/// The jobs that a command is about.
struct JobsArgument: ParsableArguments {
    @Argument(help: "The jobs' identities or names.", completion: .jobs)
    var jobs: [String]

    /// Does something with each job; one that fails does not keep the others from their turn.
    ///
    /// - Throws: ``Failure`` of the only job, or the exit code of the first that failed.
    func forEach(_ work: (String) async throws -> Void) async throws { try await self.jobs.forEachInTurn(work) }
}

extension [String] {
    /// Does something with each element; one that fails does not keep the others from their turn.
    ///
    /// - Throws: ``Failure`` of the only element, or the exit code of the first that failed.
    func forEachInTurn(_ work: (String) async throws -> Void) async throws {
        guard self.count > 1 else {
            for element in self { try await work(element) }
            return
        }
        var first: Failure?
        for element in self {
            do {
                try await work(element)
            } catch let failure as Failure {
                failure.report()
                first = first ?? failure
            }
        }
        if let first { throw first.exitCode }
    }
}
