/// How attempts have ended, until a worker says that it has written that down.
///
/// Each end is told to one worker at a time: to the one that has begun the attempt, and once that is gone to the one that
/// has come last. When there are too many, the oldest are forgotten.
final class UnsettledEnds: Sendable {
    /// How many ends one message tells of at most, which a worker records together.
    private static let batch = 100
    /// What an end takes beside what its attempt wrote, roughly.
    private static let overhead = 1_024

    private struct End {
        let attempt: Attempt
        /// Over which connection it was told.
        var holder: SupervisorConnection?

        var bytes: Int { self.attempt.report.output.count + UnsettledEnds.overhead }
    }

    private struct State {
        /// By numbers that grow.
        var ends: [UInt64: End] = [:]
        var numbers: [AttemptKey: UInt64] = [:]
        /// No number is lower.
        var oldest: UInt64 = 0
        var next: UInt64 = 0
        var bytes = 0
        /// The workers that are there, in the order in which they came.
        var workers: [(id: WorkerID, connection: SupervisorConnection)] = []

        /// Tells the worker that has come last what nobody holds.
        mutating func handOver() {
            guard let heir = self.workers.last else { return }
            var left: [Attempt] = []
            for number in self.ends.keys.sorted() {
                guard let end = self.ends[number], end.holder == nil else { continue }
                self.ends[number]?.holder = heir.connection
                // A worker that comes back says itself what becomes of what it began over a connection that broke.
                if end.attempt.worker != heir.id { left.append(end.attempt) }
            }
            for start in stride(from: 0, to: left.count, by: UnsettledEnds.batch) {
                heir.connection.post(.left(Array(left[start..<min(start + UnsettledEnds.batch, left.count)])))
            }
        }

        mutating func add(_ end: End) {
            let key = AttemptKey(of: end.attempt)
            self.remove(key)
            self.numbers[key] = self.next
            self.ends[self.next] = end
            self.next += 1
            self.bytes += end.bytes
        }

        mutating func remove(_ attempt: AttemptKey) {
            guard let number = self.numbers.removeValue(forKey: attempt) else { return }
            if let end = self.ends.removeValue(forKey: number) { self.bytes -= end.bytes }
        }

        mutating func removeOldest() {
            if let end = self.ends[self.oldest] { self.remove(AttemptKey(of: end.attempt)) }
            self.oldest += 1
        }
    }

    private let state = Lock(State())
    private let maximumBytes: Int

    /// Begins with nothing.
    ///
    /// - Parameter maximumBytes: How much memory the ends take, roughly; 32 MiB by default.
    init(maximumBytes: Int = 32 << 20) { self.maximumBytes = maximumBytes }

    /// Whether everything is settled.
    var isEmpty: Bool { self.state.withLock { $0.ends.isEmpty } }

    /// A worker has come, and is told what others have left.
    func begin(_ worker: WorkerID, over connection: SupervisorConnection) {
        self.state.withLock { state in
            state.workers.append((worker, connection))
            state.handOver()
        }
    }

    /// A worker is gone, and another has to hear what it has not settled.
    func end(_ connection: SupervisorConnection) {
        self.state.withLock { state in
            state.workers.removeAll { $0.connection === connection }
            for number in state.ends.keys.sorted() where state.ends[number]?.holder === connection {
                state.ends[number]?.holder = nil
            }
            state.handOver()
        }
    }

    /// An attempt has ended; whoever has begun it is told over its connection, if it is there.
    func add(_ attempt: Attempt, begunOver connection: SupervisorConnection) {
        self.state.withLock { state in
            let isThere = state.workers.contains { $0.connection === connection }
            state.add(End(attempt: attempt, holder: isThere ? connection : nil))
            while state.bytes > self.maximumBytes { state.removeOldest() }
            if !isThere { state.handOver() }
        }
    }

    /// A worker has written down how attempts have ended.
    func settle(_ attempts: [AttemptKey]) {
        self.state.withLock { state in
            for attempt in attempts { state.remove(attempt) }
        }
    }
}
