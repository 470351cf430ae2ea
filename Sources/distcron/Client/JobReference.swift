import DistributedCron
import DistributedCronHTTP

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
        let jobs = try await self.json(.get, "/jobs?view=full").array ?? []
        // Names are unique among jobs that are not removed, so a removed one is never newer than that one.
        guard let job = jobs.last(where: { $0["name"]?.string == text }) else {
            throw Failure(.notFound, "there is no job of the name \(text)", help: "distcron list shows what there is")
        }
        return job
    }

    /// The identity of the job that a person means.
    ///
    /// - Throws: ``Failure``.
    func jobID(_ text: String) async throws -> String {
        if let id = JobID(text) { return "\(id)" }
        guard let id = try await self.job(text)["id"]?.string else {
            throw Failure(.internal, "the server listed a job without an identity")
        }
        return id
    }
}
