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
        let session = ZooKeeperSession(access: configuration.credentials == nil ? .everybody : .creator)
        do {
            try await session.connect(configuration, resuming: identity, clock: clock)
            return session
        } catch {
            session.shut()
            throw error
        }
    }

    private func connect(
        _ configuration: ZooKeeperConfiguration,
        resuming identity: SessionIdentity?,
        clock: any Clock<Duration>
    ) async throws {
        let hosts = configuration.hosts.map(\.description).joined(separator: ",")
        do {
            try await self.makeHandle(hosts: hosts, timeout: configuration.sessionTimeout, resuming: identity)
        } catch let error as ZooKeeperError where error.kind == .other {
            throw Self.unreachable(hosts, "none of the names \(hosts) is known")
        }
        switch try await self.firstState(within: configuration.connectTimeout, clock) {
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

    /// The first state that says something, or nil if none has come in time.
    private func firstState(within timeout: Duration, _ clock: any Clock<Duration>) async throws -> SessionState? {
        let state = await withTaskGroup(of: SessionState?.self) { group in
            group.addTask {
                for await state in self.states() where state != .suspended { return state }
                return nil
            }
            group.addTask {
                try? await clock.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        try Task.checkCancellation()
        return state
    }

    /// Shows the servers the credentials; C shows them again whenever it is connected again.
    private func authenticate(_ credentials: String) async throws {
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
