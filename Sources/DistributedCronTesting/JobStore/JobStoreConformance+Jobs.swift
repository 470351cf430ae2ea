import DistributedCron
import Testing

extension JobStoreConformance {
    // MARK: The cluster

    func clusterStaysTheSame(_ fixture: LedgerFixture) async throws {
        let cluster = try await fixture.store.cluster()
        #expect(cluster.slotCount > 0 && cluster.slotCount & (cluster.slotCount - 1) == 0, "a power of two")
        #expect(!cluster.id.rawValue.isEmpty)
        _ = try await fixture.ownedJob()
        #expect(try await fixture.store.cluster() == cluster)
    }

    func clockIsTheStoresOwn(_ fixture: LedgerFixture) async throws {
        #expect(agree(try await fixture.store.now(), fixture.clock.now))
        fixture.clock.advance(by: .milliseconds(1_500))
        #expect(agree(try await fixture.store.now(), fixture.clock.now))
    }

    // MARK: Creation

    func createdJobIsStored(_ fixture: LedgerFixture) async throws {
        let draft = try fixture.draft(name: "nightly")
        let job = try await fixture.store.createJob(draft)
        #expect(job.id == draft.id)
        #expect(job.name == "nightly")
        #expect(job.definition == draft.definition)
        #expect(job.slot == SlotID(of: draft.id, count: fixture.slotCount))
        #expect(job.version.number == 1)
        #expect(job.version.effectiveTo == nil)
        #expect(job.progress == JobProgress())
        #expect(job.status == .scheduled)
        #expect(agree(job.createdAt, fixture.clock.now))
        #expect(agree(job.updatedAt, fixture.clock.now))
        #expect(try await fixture.store.job(draft.id) == job)
    }

    func definitionIsStoredWhole(_ fixture: LedgerFixture) async throws {
        let digest = try #require(ArtifactDigest(hexadecimal: String(repeating: "0a", count: 32)))
        let executables: [Executable] = [
            .command("echo 'é \u{1F552}' \"\\\" ; exit 3\n"),
            .script(Artifact(digest: digest, size: 0)),
            .binary(Artifact(digest: digest, size: 5_000_000_000)),
        ]
        let lapses: [LapseConduct?] = [.stop, .finish, nil]
        for (executable, lapse) in zip(executables, lapses) {
            let draft = try fixture.draft(name: "é \(executables.count)", executable: executable) { policies in
                policies.misfire = MisfirePolicy(.all, limit: 7, windowSeconds: 3_600)
                policies.concurrency = .allow
                policies.recovery = .atMostOnce
                policies.onLapseChoice = lapse
                policies.onOutage = .lease
                policies.timeout = .milliseconds(1_500)
                policies.killGrace = .seconds(1)
            }
            #expect(try await fixture.store.createJob(draft).definition == draft.definition)
            #expect(try await fixture.store.removeJob(draft.id)?.definition == draft.definition)
            #expect(try await fixture.store.job(draft.id)?.name == draft.name)
        }
    }

    func firstVersionBeginsAtTheNextWholeSecond(_ fixture: LedgerFixture) async throws {
        fixture.passMinute()
        #expect(try await fixture.job().version.effectiveFrom == fixture.nextMinute)
    }

    func firstVersionBeginsAfterTheWatermark(_ fixture: LedgerFixture) async throws {
        let slot = try await fixture.ownedJob().slot
        // The watermark may be ahead of the store's clock by less than a second.
        try await fixture.commit(fixture.claim(try await fixture.slot(slot)))
        let watermark = try await fixture.slot(slot).accountedUntil
        #expect(watermark.date > fixture.clock.now)
        #expect(try await fixture.job(in: slot).version.effectiveFrom == watermark + 1)
    }

    func creationRaisesTheRevision(_ fixture: LedgerFixture) async throws {
        let first = try await fixture.job()
        let before = try await fixture.slot(first.slot)
        let second = try await fixture.job(in: first.slot)
        let contents = try await fixture.contents(first.slot, after: before.revision)
        #expect(contents.slot.revision > before.revision)
        #expect(contents.jobs.map(\.id) == [second.id])
        let elsewhere = try await fixture.contents(first.slot, after: contents.slot.revision)
        #expect(elsewhere.jobs.isEmpty)
    }

    func identityIsTakenOnce(_ fixture: LedgerFixture) async throws {
        let draft = try fixture.draft(name: "nightly")
        let job = try await fixture.store.createJob(draft)
        let before = try await fixture.snapshot(job)
        // The whole call repeated, as after an unknown outcome: a conflict, whatever its name.
        try await fixture.expectError(.conflict) { _ = try await fixture.store.createJob(draft) }
        var other = try fixture.draft()
        other.id = draft.id
        try await fixture.expectError(.conflict) { _ = try await fixture.store.createJob(other) }
        #expect(try await fixture.snapshot(job) == before)
        _ = try await fixture.store.removeJob(draft.id)
        try await fixture.expectError(.conflict) { _ = try await fixture.store.createJob(draft) }
    }

    func nameIsTakenOnce(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job(name: "nightly")
        let other = try fixture.draft(in: job.slot, name: "nightly")
        let before = try await fixture.snapshot(job)
        try await fixture.expectError(.nameTaken) { _ = try await fixture.store.createJob(other) }
        #expect(try await fixture.store.job(other.id) == nil)
        #expect(try await fixture.snapshot(job) == before)
        _ = try await fixture.job(name: "Nightly 2")
        _ = try await fixture.job()
        _ = try await fixture.job()
    }

    func nameIsFreeAgainAfterRemoval(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job(name: "nightly")
        #expect(try await fixture.store.removeJob(job.id)?.name == "nightly")
        let successor = try await fixture.job(name: "nightly")
        #expect(successor.name == "nightly")
        // Removing the first again must not free the name of its successor.
        _ = try await fixture.store.removeJob(job.id)
        try await fixture.expectError(.nameTaken) { _ = try await fixture.job(name: "nightly") }
    }

    func unknownJobIsNotThere(_ fixture: LedgerFixture) async throws {
        _ = try await fixture.job()
        let unknown = fixture.identity()
        #expect(try await fixture.store.job(unknown) == nil)
        #expect(try await fixture.store.removeJob(unknown) == nil)
        #expect(try await fixture.store.run(RunID(job: unknown, scheduledAt: fixture.nextMinute)) == nil)
        #expect(try await fixture.store.runs(of: unknown, before: nil, limit: 10).isEmpty)
        #expect(try await fixture.store.gaps(of: unknown, limit: 10).isEmpty)
        let run = RunID(job: unknown, scheduledAt: fixture.nextMinute)
        #expect(try await fixture.store.attempts(of: run).isEmpty)
    }

    // MARK: Removal

    func removalEndsTheVersion(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job()
        let before = try await fixture.slot(job.slot)
        fixture.passMinute()
        let removed = try #require(try await fixture.store.removeJob(job.id))
        #expect(removed.version.effectiveTo == fixture.nextMinute)
        #expect(removed.progress.isRemoved)
        #expect(removed.status == .finished)
        #expect(agree(removed.createdAt, job.createdAt))
        #expect(agree(removed.updatedAt, fixture.clock.now))
        #expect(try await fixture.store.job(job.id) == removed)
        // Its owner is told.
        let contents = try await fixture.contents(job.slot, after: before.revision)
        #expect(contents.slot.revision > before.revision)
        #expect(contents.jobs.map(\.id) == [job.id])
        #expect(contents.jobs.first?.versions == [removed.version])
    }

    func removalComesAfterTheWatermark(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        _ = try await fixture.claimRun(of: job)
        let watermark = try await fixture.slot(job.slot).accountedUntil
        let removed = try #require(try await fixture.store.removeJob(job.id))
        // What was claimed already stays within the version under which it was.
        #expect(removed.version.effectiveTo == watermark + 1)
    }

    func removalOfANewJobLeavesNoInstant(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job()
        let removed = try #require(try await fixture.store.removeJob(job.id))
        #expect(removed.version.effectiveTo == removed.version.effectiveFrom)
        #expect(removed.version.next(after: .init(epochSeconds: 0)) == nil)
    }

    func removalTwiceChangesNothing(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.job()
        let removed = try await fixture.store.removeJob(job.id)
        let before = try await fixture.snapshot(job)
        fixture.passMinute()
        #expect(try await fixture.store.removeJob(job.id) == removed)
        #expect(try await fixture.snapshot(job) == before)
    }

    func removalLetsRunsEnd(_ fixture: LedgerFixture) async throws {
        let job = try await fixture.ownedJob()
        let run = try await fixture.claimRun(of: job)
        _ = try await fixture.store.removeJob(job.id)
        let open = try await fixture.contents(job.slot).open
        #expect(open.map(\.run.id) == [run.id])
        #expect(open.first?.definition == job.definition)
        try await fixture.end(run, .exited(1))
        #expect(try await fixture.reload(run).state == .failed)
        #expect(try await fixture.reload(job).status == .finished)
    }

    // MARK: Lists

    func jobsAreListedInTheOrderOfTheirIdentities(_ fixture: LedgerFixture) async throws {
        #expect(try await fixture.store.jobs(after: nil, limit: 10).isEmpty)
        var drafts: [JobDraft] = []
        for _ in 0..<7 { drafts.append(try fixture.draft()) }
        for draft in drafts.reversed() { _ = try await fixture.store.createJob(draft) }
        _ = try await fixture.store.removeJob(drafts[3].id)
        var listed: [Job] = []
        var sizes: [Int] = []
        repeat {
            let page = try await fixture.store.jobs(after: listed.last?.id, limit: 3)
            listed += page
            sizes.append(page.count)
        } while sizes.last == 3 && sizes.count < 4
        #expect(sizes == [3, 3, 1])
        #expect(listed.map(\.id) == drafts.map(\.id))
        for job in listed { #expect(try await fixture.store.job(job.id) == job) }
        // A cursor need not be a job.
        let between = JobID(rawValue: drafts[0].id.rawValue - 1)
        #expect(try await fixture.store.jobs(after: between, limit: 1_000).map(\.id) == drafts.map(\.id))
        #expect(try await fixture.store.jobs(after: drafts[6].id, limit: 3).isEmpty)
    }
}
