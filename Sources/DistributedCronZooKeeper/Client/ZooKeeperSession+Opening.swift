#if ZooKeeper
import CZooKeeper
import DistributedCron

extension ZooKeeperSession {
    /// Begins a session.
    ///
    /// - Parameters:
    ///   - configuration: Where the servers are.
    ///   - identity: The session to take over; nil for a new one.
    ///   - clock: Measures how long the connection may take.
    /// - Returns: A session that is connected.
    /// - Throws: ``ZooKeeperError``; `CancellationError`.
    package static func open(
        _ configuration: ZooKeeperConfiguration,
        resuming identity: SessionIdentity? = nil,
        clock: any Clock<Duration> = ContinuousClock()
    ) async throws -> ZooKeeperSession {
        let session = ZooKeeperSession(access: configuration.credentials == nil ? .everybody : .creator, clock: clock)
        do {
            try await session.connect(configuration, resuming: identity)
            return session
        } catch {
            session.abandon()
            throw error
        }
    }

    private func connect(
        _ configuration: ZooKeeperConfiguration,
        resuming identity: SessionIdentity?
    ) async throws {
        let hosts = configuration.hosts.map(\.description).joined(separator: ",")
        // C takes what is before the last colon for the name, brackets and all.
        let addresses = configuration.hosts.map { "\($0.name):\($0.port)" }.joined(separator: ",")
        try await self.makeHandle(hosts: addresses, timeout: configuration.sessionTimeout, resuming: identity)
        let state = await self.certainState(within: configuration.connectTimeout)
        try Task.checkCancellation()
        switch state {
        case .connected: break
        case .lost: throw ZooKeeperError(code: ZSESSIONEXPIRED.rawValue, operation: "connect to \(hosts)")
        default: throw Self.unreachable(hosts, "none of \(hosts) has answered within \(configuration.connectTimeout)")
        }
        guard let credentials = configuration.credentials else { return }
        // Showing them twice does no harm.
        try await self.resolving("/") { _ in
            try await self.authenticate("\(credentials.user):\(credentials.password)")
        }
    }

    /// Shows the servers the credentials; C shows them again whenever it is connected again.
    private func authenticate(_ credentials: String) async throws {
        do {
            try await self.handOver(credentials)
        } catch let error as ZooKeeperError where error.code == Int(ZINVALIDSTATE.rawValue) && self.state != .lost {
            // C says so of a connection that has just broken, too.
            throw ZooKeeperError(code: ZCONNECTIONLOSS.rawValue, operation: error.operation)
        }
    }

    private func handOver(_ credentials: String) async throws {
        try await self.call(returning: Void.self, "show the credentials") { handle, context in
            zoo_add_auth(
                handle,
                "digest",
                credentials,
                Int32(credentials.utf8.count),
                { PendingCall<Void>.answer($1, code: $0) { _ in () } },
                context
            )
        }
    }

    private static func unreachable(_ hosts: String, _ message: String) -> ZooKeeperError {
        ZooKeeperError(.unreachable, operation: "connect to \(hosts)", message: message)
    }
}
#endif
