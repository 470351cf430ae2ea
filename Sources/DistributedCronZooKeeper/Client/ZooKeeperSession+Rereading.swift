#if ZooKeeper
import DistributedCron

extension ZooKeeperSession {
    /// The newest of a value that lies in ZooKeeper, whenever it has changed since it was taken last; nothing is queued.
    ///
    /// - Parameters:
    ///   - path: The path whose looks say that it may have changed.
    ///   - other: Another of which the same holds.
    ///   - clock: Measures the pause after an answer that is neither.
    ///   - read: Reads the value with a watch on each of these; nil if there is none.
    /// - Returns: A stream for one consumer, which ends with the session.
    func newest<Value: Sendable & Equatable>(
        at path: String,
        and other: String? = nil,
        clock: any Clock<Duration>,
        _ read: @escaping @Sendable () async throws -> Value?
    ) -> AsyncStream<Value> {
        let looks = self.looks(at: [path, other].compactMap(\.self))
        let state = Lock<(last: Value?, isSynced: Bool)>((nil, false))
        return AsyncStream {
            for await _ in looks {
                // What others were told is done has to be in the first value. After that the watch tells of it.
                let value = await self.reread(clock) {
                    if !state.withLock({ $0.isSynced }) { try await self.sync(path) }
                    return try await read()
                }
                guard let value else { continue }
                let isNew = state.withLock { state in
                    state.isSynced = true
                    guard let value, value != state.last else { return false }
                    state.last = value
                    return true
                }
                if isNew, let value { return value }
            }
            return nil
        }
    }

    /// Reads something until there is an answer, or something is known for which to wait.
    ///
    /// - Returns: The answer; nil if the connection is gone, whose return is a reason to look again, or the session, or
    ///   if the task is cancelled.
    private func reread<Value>(_ clock: any Clock<Duration>, _ read: () async throws -> Value) async -> Value? {
        var backoff = Backoff(clock)
        while true {
            do {
                return try await read()
            } catch let error as ZooKeeperError where [.disconnected, .sessionLost].contains(error.kind) {
                return nil
            } catch {
                guard !(error is CancellationError), (try? await backoff.wait()) != nil else { return nil }
            }
        }
    }

    /// Removes a node whose deletion may have an unknown outcome, and none that was made under its name since.
    ///
    /// - Parameters:
    ///   - path: The node's path; it succeeds if there is none.
    ///   - body: Deletes it, and may say that it is not there.
    /// - Throws: What the body threw; ``ZooKeeperError``; `CancellationError`.
    func deleting(_ path: String, _ body: () async throws -> Void) async throws {
        var creation: Int64?
        try await self.resolving(path) { isRepeated in
            if !isRepeated { try await self.sync(path) }
            guard let stat = try await self.stat(path), creation == nil || stat.creation == creation else { return }
            creation = stat.creation
            do {
                try await body()
            } catch let error as ZooKeeperError where error.kind == .noNode {}
        }
    }

    /// Does something whose outcome may be unknown, and then again once the servers have been asked.
    ///
    /// - Parameters:
    ///   - path: A path of which to know the newest before it is repeated.
    ///   - body: What to do. If it is repeated, it has to look what it has done already.
    /// - Returns: What the body returned.
    /// - Throws: What the body or the asking threw: of the kind `disconnected`, after some repetitions.
    func resolving<Value>(
        _ path: String,
        _ body: (_ isRepeated: Bool) async throws -> Value
    ) async throws -> Value {
        var attempts = 0
        while true {
            do {
                if attempts > 0 {
                    // Until then calls fail at once. Servers that elect another leader are back sooner than this.
                    _ = await self.certainState(within: self.timeout / 3)
                    try await self.sync(path)
                }
                return try await body(attempts > 0)
            } catch let error as ZooKeeperError where error.isOutcomeUnknown && attempts < 3 {
                attempts += 1
            }
        }
    }
}
#endif
