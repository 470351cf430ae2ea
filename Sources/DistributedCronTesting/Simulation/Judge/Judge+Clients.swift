import DistributedCron

// What users were told: V10 and V16.
extension Judge {
    /// A job was acknowledged to the user who posted it.
    func acknowledged(_ job: Job, isReplay: Bool, key: String?) {
        self.trace { "client: job \(job.id) was accepted\(isReplay ? " before" : "")" }
        let isKnown = self.state.withLock { $0.jobs[job.id] != nil || $0.forgotten.contains(job.id) }
        if !isKnown { self.violated("V10 durable", "job \(job.id) was acknowledged, and the store never had it") }
    }

    /// An edit was acknowledged.
    func acknowledged(_ job: Job) {
        self.trace { "client: job \(job.id) is in version \(job.version.number)" }
        let isKnown = self.state.withLock { state in
            state.jobs[job.id]?.versions.contains { $0.number == job.version.number } ?? false
        }
        if !isKnown, !self.state.withLock({ $0.forgotten.contains(job.id) }) {
            self.violated(
                "V10 durable",
                "version \(job.version.number) of job \(job.id) was acknowledged, and the store never had it"
            )
        }
    }

    /// A manual run was acknowledged.
    func acknowledged(_ run: Run) { self.trace { "client: run \(run.id) was asked for" } }

    /// A removal was acknowledged.
    func acknowledgedRemoval(of job: JobID) { self.trace { "client: job \(job) was removed" } }

    /// A user has read a job that was changed just before.
    func read(_ job: Job, after written: Job) {
        guard job.version.number < written.version.number, !self.state.withLock({ $0.forgotten.contains(job.id) })
        else {
            return
        }
        self.violated(
            "V16 honest status",
            "job \(job.id) was read in version \(job.version.number) after \(written.version.number) was acknowledged"
        )
    }
}
