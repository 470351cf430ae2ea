#if MariaDB
import DistributedCron
package import Logging

/// The connections of one process.
///
/// There are at most as many as the configuration says; calls wait in turn for a free one. A connection is made on a queue
/// of its own and given to whoever has waited longest, so a call that is cancelled does not wait for a server that does
/// not answer.
package final class ConnectionPool: Sendable {
    /// For how long a free connection is trusted.
    private static let trust = Duration.seconds(30)
    /// For how long a free connection is kept.
    private static let retention = Duration.seconds(300)

    private let configuration: MariaDBConfiguration
    private let hosts: HostList
    private let clock: any Clock<Duration>
    private let time: Stopwatch
    private let logger: Logger
    private let state: Lock<PoolState>

    package init(
        configuration: MariaDBConfiguration,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.configuration = configuration
        self.hosts = HostList(configuration, clock: clock)
        self.clock = clock
        self.time = Stopwatch(clock)
        self.logger = logger
        self.state = Lock(PoolState(limit: max(configuration.poolSize, 1)))
    }

    /// Takes a connection, runs the body on its queue, and gives it back.
    ///
    /// A transaction that the body leaves open is rolled back. If the task is cancelled, the statement that is under way
    /// is ended, in the server too.
    ///
    /// - Throws: What the body throws; ``MariaDBError``; `CancellationError`.
    @discardableResult
    package func withSession<Value: Sendable>(_ body: @Sendable (Session) throws -> Value) async throws -> Value {
        while true {
            let lease = try await self.acquire()
            #if ThreadSanitizer
            // It does not see that who is resumed comes after who resumes; of locks it knows.
            self.state.withLock { _ in }
            #endif
            let connection = lease.connection
            let isDoubtful = self.time.elapsed - lease.idleSince > Self.trust
            let use = await withTaskCancellationHandler {
                await connection.use(isDoubtful: isDoubtful, body)
            } onCancel: {
                connection.cut()
            }
            switch use {
            case .wasDead: self.drop(connection)
            case .done(let result, isUsable: true):
                self.release(connection)
                return try result.get()
            case .done(let result, isUsable: false):
                self.note(result, of: connection)
                self.drop(connection)
                if Task.isCancelled, case .failure(is MariaDBError) = result { throw CancellationError() }
                return try result.get()
            }
        }
    }

    /// What a connection that cannot be used again says about its host.
    private func note(_ result: Result<some Sendable, any Error>, of connection: Connection) {
        guard !connection.isCut else { return }
        if case .failure(let error) = result {
            self.logger.notice(
                "A connection to the database is given up",
                metadata: ["host": "\(connection.host)", "error": "\(error)"]
            )
        }
        self.hosts.rest(connection.host)
        // The others that lead there have broken as well, most likely.
        let others = self.state.withLock { $0.takeIdle { $0.connection.host == connection.host } }
        for other in others { self.drop(other.connection) }
    }

    /// How many calls wait for a connection.
    var waiterCount: Int { self.state.withLock { $0.waiterCount } }

    // MARK: Taking and giving back

    private func acquire() async throws -> PoolState.Lease {
        try Task.checkCancellation()
        if let lease = try self.state.withLock({ state in
            guard !state.isClosed else { throw Self.closed }
            return state.takeIdle()
        }) {
            return lease
        }
        let ticket = self.state.withLock { $0.makeTicket() }
        let deadline = self.time.elapsed + self.configuration.acquireTimeout
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await self.clock.sleep(for: self.configuration.acquireTimeout)
                self.leave(ticket, self.exhausted)
            }
            defer { group.cancelAll() }
            return try await self.wait(ticket, until: deadline)
        }
    }

    private func wait(_ ticket: Int, until deadline: Duration) async throws -> PoolState.Lease {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                enum Step { case served(PoolState.Lease), refused(any Error), waits(connect: Bool) }
                let step = self.state.withLock { state -> Step in
                    if state.isClosed { return .refused(Self.closed) }
                    if Task.isCancelled { return .refused(CancellationError()) }
                    if let lease = state.takeIdle() { return .served(lease) }
                    // Whoever ends the wait may have come too early to find it.
                    if self.time.elapsed >= deadline { return .refused(self.exhausted) }
                    return state.wait(ticket, waiter).map { .waits(connect: $0) } ?? .refused(self.exhausted)
                }
                switch step {
                case .served(let lease): waiter.resume(returning: lease)
                case .refused(let error): waiter.resume(throwing: error)
                case .waits(let connect): if connect { self.connect() }
                }
            }
        } onCancel: {
            self.leave(ticket, CancellationError())
        }
    }

    private func leave(_ ticket: Int, _ error: any Error) {
        self.state.withLock { $0.leave(ticket) }?.resume(throwing: error)
    }

    private func release(_ connection: Connection, isNew: Bool = false, idleSince: Duration? = nil) {
        let lease = PoolState.Lease(connection: connection, idleSince: idleSince ?? self.time.elapsed)
        let (isClosed, waiter) = self.state.withLock { state in
            state.isClosed ? (true, nil) : (false, state.free(lease, isNew: isNew))
        }
        if isClosed { return self.drop(connection) }
        waiter?.resume(returning: lease)
    }

    private func drop(_ connection: Connection) {
        connection.dispose()
        if self.state.withLock({ $0.drop() }) { self.connect() }
    }

    /// Makes a connection for somebody who waits.
    private func connect() {
        let executor = QueueExecutor(label: "mariadb")
        executor.async {
            do {
                self.release(Connection(try self.hosts.connect(), executor: executor), isNew: true)
            } catch {
                let (waiter, connect) = self.state.withLock { $0.fail() }
                waiter?.resume(throwing: error)
                if connect { self.connect() }
            }
        }
    }

    // MARK: Looking after them

    /// Looks after the connections until gracefully shut down or cancelled, then closes all.
    package func run() async throws {
        try? await untilGracefulShutdown {
            while await self.passes(Self.trust) {
                let oldest = self.time.elapsed - Self.trust
                let useless = self.time.elapsed - Self.retention
                for lease in self.state.withLock({ $0.takeIdle { $0.idleSince < useless } }) {
                    self.drop(lease.connection)
                }
                for lease in self.state.withLock({ $0.takeIdle { $0.idleSince < oldest } }) {
                    if await lease.connection.isAlive() {
                        self.release(lease.connection, idleSince: lease.idleSince)
                    } else {
                        self.drop(lease.connection)
                    }
                }
            }
        }
        await self.close()
    }

    /// Closes all connections; one that is in use, once it is given back.
    package func close() async {
        let (idle, waiters) = self.state.withLock { $0.close() }
        for waiter in waiters { waiter.resume(throwing: Self.closed) }
        for connection in idle { await connection.close() }
    }

    private func passes(_ duration: Duration) async -> Bool {
        (try? await self.clock.sleep(for: duration)) != nil
    }

    private static let closed = MariaDBError(kind: .other, message: "the connections to the database are closed")

    private var exhausted: MariaDBError {
        MariaDBError(
            kind: .poolExhausted,
            message: "none of the \(self.configuration.poolSize) connections to the database became free within "
                + "\(self.configuration.acquireTimeout); raise `pool` in its URL, or see what keeps the server busy"
        )
    }
}
#endif
