import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess

extension APIClient {
    /// Finds the job that a person means by an identity or a name.
    ///
    /// Of removed jobs of the same name the newest is meant, unless there is one that is not removed.
    ///
    /// - Parameter text: The identity or the name.
    /// - Returns: All of the job.
    /// - Throws: ``Failure``.
    func job(_ text: String) async throws -> JSONValue {
        guard JobID(text) == nil else { return try await self.json(.get, "/jobs/\(text)?view=full") }
        let jobs = try await self.json(.get, "/jobs\(QueryText(["view": "full", "name": text]))").array ?? []
        // Names are unique among jobs that are not removed, so a removed one is never newer than that one.
        guard let job = jobs.last else {
            throw Failure(
                .notFound,
                "there is no job of the name \(Table.printable(text))",
                help: "distcron list shows what there is"
            )
        }
        return job
    }

    /// The identity of the job that a person means.
    ///
    /// - Throws: ``Failure``.
    func jobID(_ text: String) async throws -> String {
        if let id = JobID(text) { return "\(id)" }
        return try await self.job(text).identity
    }

    /// The newest run of the job that a person means, or the run that they name.
    ///
    /// - Throws: ``Failure``.
    func runID(_ text: String) async throws -> String {
        if let run = RunID(text) { return "\(run)" }
        let runs = try await self.json(.get, "/jobs/\(self.jobID(text))/runs?limit=1")
        guard let run = runs.array?.first else {
            throw Failure(
                .notFound,
                "\(Table.printable(text)) has not run yet",
                help: "run it now with: distcron run --wait \(text.shellQuoted)"
            )
        }
        return run.identity
    }
}

extension JSONValue {
    /// The identity of a job or a run, as paths name it.
    var identity: String { self["id"]?.string ?? "" }

    /// What people call a job: its name, or its identity if it has none.
    var jobName: String { self["name"]?.string ?? self.identity }

    /// The instant in a member, if there is one.
    func instant(_ name: String) -> Instant? { self[name]?.string.flatMap { Instant($0) } }

    /// The number of seconds in a member, as it is written.
    func seconds(_ name: String) -> String? {
        guard case .number(let text) = self[name] else { return nil }
        return "\(text) s"
    }
}
