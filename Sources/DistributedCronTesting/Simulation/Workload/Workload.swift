import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The users of a cluster: they post, edit, pause, resume, trigger, cancel and remove jobs, and keep what was
/// acknowledged.
final class Workload: Sendable {
    /// How many users there are at once.
    private static let clients = 3
    /// The longest pause of a user between two posts.
    private static let postPause = Duration.seconds(20)
    /// Twice the time within which all jobs are posted, however many: a pause is half of the longest on average.
    private static let postSpan = Duration.seconds(600)
    /// The most edits of one job: the store keeps that many versions in any case.
    private static let editLimit = 12
    /// How many seconds a job's attempts have to end in when they were asked to.
    static let killGraces = 1...15

    let cluster: SimulatedCluster
    let plan: SimulationPlan
    private let book = Lock(Book())

    private struct Book {
        var jobs: [JobID] = []
        var edits: [JobID: Int] = [:]
        var removed: Set<JobID> = []
        var nextKey = 0
    }

    init(cluster: SimulatedCluster, plan: SimulationPlan) {
        self.cluster = cluster
        self.plan = plan
    }

    private var engine: SimulationEngine { self.cluster.engine }
    private var judge: Judge { self.cluster.judge }

    /// Uses the cluster until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for number in 0..<Self.clients { group.addTask { await self.client(number) } }
        }
    }

    private func client(_ number: Int) async {
        let posts = self.plan.jobs / Self.clients + 1
        let longest = min(Self.postPause, Self.postSpan / posts)
        for _ in 0..<posts {
            await self.post()
            guard (try? await self.engine.sleep(for: self.engine.duration(.zero...longest))) != nil else { return }
        }
        while !Task.isCancelled {
            guard (try? await self.engine.sleep(for: self.engine.duration(.seconds(1)...(.seconds(200))))) != nil else {
                return
            }
            await self.act()
        }
    }

    private func act() async {
        let job = self.engine.pick(self.book.withLock { book in book.jobs.filter { !book.removed.contains($0) } })
        guard let job else { return await self.post() }
        switch self.engine.draw({ Int.random(in: 0..<12, using: &$0) }) {
        case 0...2: await self.edit(job) { $0.reschedule(using: &$1) }
        case 3:
            let now = Instant(floor: self.judge.now)
            await self.edit(job) { request, generator in request.repolicy(at: now, using: &generator) }
        case 4...5: await self.pause(job)
        case 6: await self.edit(job) { request, _ in request.pause = nil }
        case 7...9: await self.trigger(job)
        case 10: await self.cancelSomething(of: job)
        default: await self.remove(job)
        }
    }

    // MARK: Requests

    /// Asks some API server, as a client behind a load balancer does: once, or again with the same key.
    private func ask<Answer: Sendable>(
        _ operation: @escaping @Sendable (JobService) async throws -> Answer
    ) async throws -> Answer {
        let number = self.engine.draw { Int.random(in: 1...self.plan.servers, using: &$0) }
        guard let server = self.cluster.server(number) else { throw NoAnswer() }
        let client = SimulatedProcess(name: "client", engine: self.engine)
        let wire = Wire(
            engine: self.engine,
            faults: self.cluster.faults,
            process: client,
            link: Link(engine: self.engine, faults: self.cluster.faults),
            server: server.server,
            timeout: .seconds(30)
        )
        return try await wire.request(unknown: NoAnswer()) { try await operation(server.service) }
    }

    private struct NoAnswer: Error {}

    private func post() async {
        let now = Instant(floor: self.judge.now)
        let (request, artifact) = self.engine.draw { generator in
            let request = JobRequest.draw(at: now, using: &generator)
            return (request, Int.random(in: 0..<6, using: &generator) == 0)
        }
        var posted = request
        let number = self.book.withLock { book in
            book.nextKey += 1
            return book.nextKey
        }
        if artifact {
            let bytes = Array("#!/bin/sh\n# \(number % 4)\n".utf8)
            let upload = { @Sendable (service: JobService) in
                let content = AsyncStream { continuation in
                    continuation.yield(bytes)
                    continuation.finish()
                }
                return try await service.upload(content)
            }
            guard let stored = try? await self.ask(upload) else { return }
            posted.executable = .script(stored)
        }
        posted.name = number % 3 == 0 ? "job-\(number)" : nil
        let hasKey = number % 4 != 0
        let key = hasKey ? IdempotencyKey(key: "key-\(number)", fingerprint: [UInt8(truncatingIfNeeded: number)]) : nil
        guard await self.post(posted, key: key), let key, self.engine.chance(0.2) else { return }
        // Somebody who has lost the answer, and somebody who has made a mistake.
        guard (try? await self.engine.sleep(for: self.engine.duration(.zero...(.seconds(60))))) != nil else { return }
        await self.post(posted, key: key)
        let other = IdempotencyKey(key: key.key, fingerprint: key.fingerprint + [0])
        guard let creation = try? await self.create(posted, key: other) else { return }
        self.judge.accepted(creation, anotherUnder: key.key)
    }

    /// Posts a job, and again while there is no answer: with a key it is made once, without one each time.
    ///
    /// - Returns: Whether it was acknowledged.
    @discardableResult
    private func post(_ request: JobRequest, key: IdempotencyKey?) async -> Bool {
        for _ in 1...5 {
            do {
                let creation = try await self.create(request, key: key)
                self.judge.acknowledged(creation, key: key?.key)
                self.book.withLock { if !$0.jobs.contains(creation.job.id) { $0.jobs.append(creation.job.id) } }
                return true
            } catch let error as JobStoreError where error.code == .nameTaken {
                // By the request before, of which there was no answer.
                return false
            } catch {
                guard (try? await self.engine.sleep(for: .seconds(2))) != nil else { return false }
            }
        }
        return false
    }

    private func create(_ request: JobRequest, key: IdempotencyKey?) async throws -> JobCreation {
        try await self.ask { try await $0.create(request, idempotency: key) }
    }

    private func edit(
        _ job: JobID,
        _ change: @escaping @Sendable (inout JobRequest, inout SeededGenerator) -> Void
    ) async {
        let mayEdit = self.book.withLock { book in
            book.edits[job, default: 0] += 1
            return book.edits[job, default: 0] <= Self.editLimit
        }
        guard mayEdit else { return }
        let seed = self.engine.draw { $0.next() }
        let updated = try? await self.ask { service in
            try await service.update(job) { known in
                var request = JobRequest(known)
                var generator = SeededGenerator(seed: seed)
                change(&request, &generator)
                return request
            }
        }
        if let updated {
            self.judge.acknowledged(updated)
            await self.readBack(updated)
        }
    }

    /// Asks another server for a job that was just changed.
    private func readBack(_ job: Job) async {
        guard let read = try? await self.ask({ try await $0.job(job.id) }) else { return }
        self.judge.read(read, after: job)
    }

    private func pause(_ job: JobID) async {
        let until = self.engine.draw { generator in
            Bool.random(using: &generator) ? Int64.random(in: 60...1_200, using: &generator) : nil
        }
        let now = Instant(floor: self.judge.now)
        await self.edit(job) { request, _ in request.pause = Pause(until: until.map { now + $0 }) }
    }

    private func trigger(_ job: JobID) async {
        let number = self.book.withLock { book in
            book.nextKey += 1
            return book.nextKey
        }
        let key = number % 4 != 0 ? "run-\(number)" : nil
        guard await self.trigger(job, number, key: key), key != nil, self.engine.chance(0.2) else { return }
        // Somebody who has lost the answer.
        guard (try? await self.engine.sleep(for: self.engine.duration(.zero...(.seconds(60))))) != nil else { return }
        await self.trigger(job, number, key: key)
    }

    /// Asks for a run, and again while there is no answer: with a key it is made once, without one each time.
    ///
    /// - Returns: Whether it was acknowledged.
    @discardableResult
    private func trigger(_ job: JobID, _ number: Int, key: String?) async -> Bool {
        for _ in 1...3 {
            self.judge.asks(number, forRunOf: job, hasKey: key != nil)
            do {
                let run = try await self.ask { try await $0.run(job, idempotency: key) }
                self.judge.acknowledged(run, askedForBy: number)
                return true
            } catch let error as JobStoreError where !error.isRetryable {
                return false
            } catch {
                guard (try? await self.engine.sleep(for: .seconds(3))) != nil else { return false }
            }
        }
        return false
    }

    private func cancelSomething(of job: JobID) async {
        _ = try? await self.ask { service in
            var filter = RunFilter(job: job)
            filter.states = [.pending, .claimed, .starting, .running]
            guard let run = try await service.runs(matching: filter, limit: 1).first else { return }
            self.judge.asksForTheEnd(of: run.id)
            _ = try await service.cancel(run.id)
        }
    }

    private func remove(_ job: JobID) async {
        // Enough have to be left.
        let mayRemove = self.book.withLock { book in book.jobs.count - book.removed.count > 4 }
        guard mayRemove else { return }
        if (try? await self.ask { try await $0.remove(job) }) != nil {
            _ = self.book.withLock { $0.removed.insert(job) }
            self.judge.acknowledgedRemoval(of: job)
        }
    }
}

extension JobRequest {
    /// A job as somebody may post it.
    fileprivate static func draw(at now: Instant, using generator: inout SeededGenerator) -> JobRequest {
        var request = JobRequest(schedule: "@hourly", executable: .command("true"))
        request.reschedule(using: &generator)
        request.repolicy(at: now, using: &generator)
        return request
    }

    fileprivate mutating func reschedule(using generator: inout SeededGenerator) {
        let drawn = ScheduleDraw.schedule(&generator)
        self.schedule = drawn.text
        self.timeZone = drawn.zone
        self.seconds = drawn.seconds
        self.dst = ClockChangeRule.allCases.randomElement(using: &generator) ?? .debian
    }

    fileprivate mutating func repolicy(at now: Instant, using generator: inout SeededGenerator) {
        var policies = JobPolicies()
        policies.concurrency = ConcurrencyPolicy.allCases.randomElement(using: &generator) ?? .skip
        policies.recovery = Bool.random(using: &generator) ? .rerun : .atMostOnce
        policies.onOutage = Bool.random(using: &generator) ? .hold : .lease
        policies.misfire = [.latest, .latest, .all, .skip].randomElement(using: &generator) ?? .latest
        if Int.random(in: 0..<3, using: &generator) == 0 {
            // An absence of some minutes makes more instants late than that, or earlier ones.
            policies.misfire.limit = Int.random(in: 1...5, using: &generator)
            policies.misfire.windowSeconds = Int64.random(in: 60...600, using: &generator)
        }
        if Int.random(in: 0..<4, using: &generator) == 0 {
            policies.retry = .exponential(max: 2)
            // The pauses are of five and ten seconds without it.
            let isShort = Bool.random(using: &generator)
            if isShort { policies.retry.maxBackoffSeconds = Int.random(in: 1...8, using: &generator) }
        }
        if Int.random(in: 0..<4, using: &generator) == 0 { policies.timeout = .seconds(20) }
        if Int.random(in: 0..<5, using: &generator) == 0 { policies.deadline = .seconds(120) }
        if Int.random(in: 0..<8, using: &generator) == 0 { policies.maxRuns = Int.random(in: 1...6, using: &generator) }
        // To stop may be chosen always, and what is done without a choice.
        if Int.random(in: 0..<4, using: &generator) == 0 {
            policies.onLapseChoice = Bool.random(using: &generator) ? .stop : policies.onLapse
        }
        // Later than whoever posts it has stopped asking: no request with an end that has passed is taken.
        if Int.random(in: 0..<10, using: &generator) == 0 {
            policies.endsAt = now + Int64.random(in: 600...3_000, using: &generator)
        }
        policies.killGrace = .seconds(Int.random(in: Workload.killGraces, using: &generator))
        self.policies = policies
        let isLong = Int.random(in: 0..<8, using: &generator) == 0
        let behaviour = Behaviour(
            duration: isLong ? .seconds(20)...(.seconds(150)) : .milliseconds(50)...(.seconds(8)),
            failures: [0, 0, 0, 10, 50].randomElement(using: &generator) ?? 0,
            reaction: Int.random(in: 0..<4, using: &generator) == 0 ? nil : .milliseconds(300)
        )
        self.environment = behaviour.environment
    }
}
