#if MariaDB
import DistributedCron

/// A connection, whose blocking calls all run on a queue of its own.
actor Connection {
    /// What became of a use of the connection.
    enum Use<Value: Sendable>: Sendable {
        /// It was done, or the unit of work itself threw; and whether the connection can be used again.
        case done(Result<Value, any Error>, isUsable: Bool)
        /// The server had closed the connection before.
        case wasDead
    }

    nonisolated let host: MariaDBConfiguration.Host
    private nonisolated let socket: ConnectionSocket
    private nonisolated let executor: QueueExecutor
    private let session: Session

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    init(_ session: sending Session, executor: QueueExecutor) {
        self.host = session.host
        self.socket = session.socket
        self.executor = executor
        self.session = session
    }

    /// Whether the connection was cut.
    nonisolated var isCut: Bool { self.socket.isCut }

    /// Ends the connection from outside: the call that is under way fails.
    nonisolated func cut() { self.socket.cut() }

    /// Does something with the session.
    ///
    /// - Parameters:
    ///   - isDoubtful: Whether the connection was idle for so long that the server is asked first.
    ///   - body: What to do.
    /// - Returns: What became of it.
    func use<Value: Sendable>(isDoubtful: Bool, _ body: @Sendable (Session) throws -> Value) -> Use<Value> {
        if isDoubtful, !self.session.isAlive() { return .wasDead }
        let result = Result { try body(self.session) }
        if !self.isCut { self.session.settle() }
        return .done(result, isUsable: self.session.isUsable && !self.isCut)
    }

    /// Whether the server answers.
    func isAlive() -> Bool { self.session.isAlive() }

    /// Closes the connection, after what it is at.
    func close() {
        if self.isCut { self.session.kill() }
        self.session.close()
    }

    /// Closes the connection soon, without anybody waiting for that.
    nonisolated func dispose() {
        self.executor.async { self.assumeIsolated { $0.close() } }
    }
}
#endif
