#if MariaDB
import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A job that is asked for.
struct JobRequestRow: Sendable {
    let draft: JobDraft
    let key: IdempotencyKey?
    let slot: Int
}

/// Adds jobs, many in one transaction.
struct JobCreator: Sendable {
    /// How long idempotency keys are kept.
    static let keyLifetime: TimeInterval = 86_400

    let work: UnitOfWork
    let schedules: Schedules

    /// Adds jobs; what is wrong with one is only its own misfortune.
    ///
    /// - Returns: A result for each request, in their order.
    func create(_ requests: [JobRequestRow]) async -> [Result<JobCreation, any Error>] {
        let keys = requests.compactMap(\.key?.key)
        // The second of a key has to find the first one's job, so it cannot be in the same transaction.
        guard Set(keys).count == keys.count else { return await self.createOneByOne(requests) }
        do {
            return try await self.work.write { try self.create(requests, $0) }.map { .success($0) }
        } catch let error as JobStoreError where requests.count > 1 && Self.mayBeOfOne(error) {
            return await self.createOneByOne(requests)
        } catch {
            return Array(repeating: .failure(error), count: requests.count)
        }
    }

    /// Whether an error may be about one of several requests, and not about the server.
    private static func mayBeOfOne(_ error: JobStoreError) -> Bool {
        // A value that does not fit its column, or a statement that only all of them together make too long.
        error.code != .unavailable || error.backendCode.map { MariaDBError.Kind(number: $0) == .other } ?? false
    }

    private func createOneByOne(_ requests: [JobRequestRow]) async -> [Result<JobCreation, any Error>] {
        var results: [Result<JobCreation, any Error>] = []
        for request in requests { results += await self.create([request]) }
        return results
    }

    private func create(_ requests: [JobRequestRow], _ session: Session) throws -> [JobCreation] {
        // First, because what is read before the locks are given is out of date by then, and refused.
        let locked = try session.lockSlots(Set(requests.map(\.slot)))
        var creations: [JobID: JobCreation] = [:]
        var rest: [JobRequestRow] = []
        for request in requests {
            if let key = request.key, let job = try session.job(madeBy: key, self.schedules, replacing: true) {
                creations[request.draft.id] = JobCreation(job: job, isReplay: true)
            } else {
                rest.append(request)
            }
        }
        for job in try self.insert(rest, in: locked, session) {
            creations[job.id] = JobCreation(job: job, isReplay: false)
        }
        let keys = try rest.compactMap { request in
            try request.key.map { key -> [SQLValue] in
                [.text(key.key), .bytes(key.fingerprint), .job(request.draft.id), .date(try session.now())]
            }
        }
        if !keys.isEmpty { try self.insert(keys, session) }
        return try requests.map { request in
            guard let creation = creations[request.draft.id] else { throw Superseded() }
            return creation
        }
    }

    /// Adds the jobs of all slots with as few statements as those of one: the round trips are what creations cost.
    private func insert(
        _ requests: [JobRequestRow],
        in locked: [Int: LockedSlot],
        _ session: Session
    ) throws -> [Job] {
        guard let first = requests.first else { return [] }
        var revisions = locked.mapValues(\.slot.revision)
        var jobs: [Job] = []
        var rows: [[SQLValue]] = []
        for request in requests {
            guard let slot = locked[request.slot], let last = revisions[request.slot] else {
                throw JobStoreError(.notFound, message: "there is no slot \(request.slot)")
            }
            let job = Self.job(request.draft, in: slot)
            // Each its own, so that what has changed in a slot can be told in pages.
            let revision = last.next(at: slot.now)
            revisions[request.slot] = revision
            rows.append(try JobRows.values(job, slot: request.slot, revision: revision))
            jobs.append(job)
        }
        do {
            try session.executeBatch(JobRows.insertion, rows)
        } catch let error as MariaDBError where error.isDuplicate {
            throw try session.refusal(of: error, to: first.draft)
        }
        let versions = try jobs.map { try VersionRows.values($0.version, of: $0.id) }
        try session.executeBatch(VersionRows.insertion, versions)
        let labels = jobs.flatMap { JobRows.labelValues($0.labels, of: $0.id) }
        if !labels.isEmpty { try session.executeBatch(JobRows.labelInsertion, labels) }
        try session.setRevisions(revisions, in: locked.mapValues(\.slot))
        return jobs
    }

    private static func job(_ draft: JobDraft, in locked: LockedSlot) -> Job {
        Job(
            id: draft.id,
            slot: locked.slot.id,
            name: draft.name,
            description: draft.description,
            labels: draft.labels,
            version: JobVersion(
                number: 1,
                effectiveFrom: locked.boundary,
                definition: draft.definition,
                pause: draft.pause
            ),
            progress: JobProgress(),
            createdAt: locked.now,
            updatedAt: locked.now
        )
    }

    private func insert(_ keys: [[SQLValue]], _ session: Session) throws {
        do {
            try session.executeBatch(
                "INSERT INTO requests (idempotency_key, fingerprint, job, made_at) VALUES (?, ?, ?, ?)",
                keys
            )
        } catch let error as MariaDBError where error.isDuplicate {
            // The same request was made a moment ago: the next try finds its job.
            throw Superseded()
        }
    }
}

extension Session {
    /// The job that an earlier request with the same key has made.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - schedules: The schedules that are known.
    ///   - replacing: Whether the key is about to be written, so that an old one of the same name has to go.
    /// - Returns: The job as it is now, or nil if there was no such request lately.
    /// - Throws: ``JobStoreError`` with code `mismatch` if it was another request.
    func job(madeBy key: IdempotencyKey, _ schedules: Schedules, replacing: Bool = false) throws -> Job? {
        let oldest = try self.now().addingTimeInterval(-JobCreator.keyLifetime)
        let found = try self.query(
            "SELECT fingerprint, job, made_at FROM requests WHERE idempotency_key = ?",
            [.text(key.key)]
        ) { (fingerprint: try $0.bytes(0), job: try $0.job(1), madeAt: try $0.date(2)) }
        guard let known = found.first else { return nil }
        let job = try self.job(known.job, schedules)
        // A job that is over and forgotten is no answer.
        guard known.madeAt >= oldest, let job else {
            if replacing {
                try self.execute(
                    "DELETE FROM requests WHERE idempotency_key = ? AND made_at = ?",
                    [.text(key.key), .date(known.madeAt)]
                )
            }
            return nil
        }
        guard known.fingerprint == key.fingerprint else {
            throw JobStoreError(.mismatch, message: "the idempotency key came with another request before")
        }
        return job
    }

    /// Why a job cannot be as a draft has it, after a unique key has refused it.
    func refusal(of error: MariaDBError, to draft: JobDraft) throws -> JobStoreError {
        guard error.duplicateKey == "reserved_name", let name = draft.name else {
            return JobStoreError(.conflict, message: "job \(draft.id) exists already", backendCode: error.number)
        }
        let other = try self.query("SELECT id FROM jobs WHERE reserved_name = ?", [.text(name)]) { try $0.job(0) }
        let owner = other.first.map { "job \($0)" } ?? "another job"
        return JobStoreError(.nameTaken, message: "\(owner) is called \(name) already", backendCode: error.number)
    }
}
#endif
