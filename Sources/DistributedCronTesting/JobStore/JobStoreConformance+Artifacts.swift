import DistributedCron
import Testing

extension JobStoreConformance {
    func artifactsOfJobsAndAttemptsAreListed(_ fixture: LedgerFixture) async throws {
        let store = fixture.store
        #expect(try await store.artifacts(after: nil, limit: 10) == ArtifactReferences(digests: [], last: nil))
        let file = Artifact(digest: ArtifactDigest(of: [1]), size: 1)
        let output = Artifact(digest: ArtifactDigest(of: [2]), size: 1)
        let replacement = Artifact(digest: ArtifactDigest(of: [3]), size: 1)
        let jobs = [
            try await store.createJob(fixture.draft(executable: .script(file))), try await fixture.ownedJob(),
            try await store.createJob(fixture.draft(executable: .binary(file))),
        ]
        let run = try await fixture.claimRun(of: jobs[1])
        var attempt = fixture.attempt(run, .exited(0))
        var report = attempt.report
        report.fullOutput = output
        attempt = Attempt(run: run.id, number: 1, worker: attempt.worker, epoch: attempt.epoch, report: report)
        try await store.record(starts: [:], ends: [attempt])
        var draft = JobDraft(jobs[2])
        draft.definition.executable = .binary(replacement)
        _ = try await store.updateJob(draft, ifVersion: 1)
        // A removed job keeps its file: it can still be looked at.
        _ = try await store.removeJob(jobs[0].id)

        let first = try await store.artifacts(after: nil, limit: 2)
        #expect(first == ArtifactReferences(digests: [file.digest, output.digest], last: jobs[1].id))
        let second = try await store.artifacts(after: first.last, limit: 2)
        #expect(second.digests.contains(replacement.digest))
        #expect(second.last == nil)
    }
}
