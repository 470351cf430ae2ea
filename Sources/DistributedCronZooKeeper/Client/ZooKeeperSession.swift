#if ZooKeeper
import CZooKeeper
package import DistributedCron

/// One session with ZooKeeper, on one handle of the C client.
///
/// Calls hand their work to the client's own threads and suspend until it answers. A session that is lost stays lost, and
/// its handle is closed at once.
package final class ZooKeeperSession: Sendable {
    private let handle: ClientHandle
    private let events: SessionEvents
    /// Who may do what with the nodes that the session creates.
    package let access: NodeAccess
    private let clock: any Clock<Duration>

    init(access: NodeAccess, clock: any Clock<Duration>) {
        self.access = access
        self.clock = clock
        self.handle = ClientHandle()
        self.events = SessionEvents(of: self.handle)
    }

    deinit { self.events.end() }

    // MARK: State

    /// The session's state, then each change of it; it is connected when the session has been opened.
    package func states() -> AsyncStream<SessionState> { self.events.states.stream() }

    /// The session's state now.
    package var state: SessionState { self.events.states.value ?? .suspended }

    /// Waits for a state that says whether there is a session.
    ///
    /// - Parameter timeout: How long to wait at most.
    /// - Returns: The state, or nil if none has come in time or the task has been cancelled.
    func certainState(within timeout: Duration) async -> SessionState? {
        await withTaskGroup(of: SessionState?.self) { group in
            group.addTask {
                for await state in self.states() where state != .suspended { return state }
                return nil
            }
            group.addTask {
                try? await self.clock.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// Says "look" at once, when something changes at a path that was read with a watch, and whenever the session is
    /// connected again; ends when the session is lost or closed.
    package func looks(at path: String) -> AsyncStream<Void> { self.events.looks(at: [path]) }

    /// The same for several paths together.
    func looks(at paths: [String]) -> AsyncStream<Void> { self.events.looks(at: paths) }

    /// How long the servers wait for a sign of life, as they have agreed to.
    package var timeout: Duration {
        self.handle.use { .milliseconds(zoo_recv_timeout($0)) } ?? .zero
    }

    /// The session's number, by which its ephemeral nodes are known.
    package var number: Int64 { self.identity?.number ?? 0 }

    /// What another handle needs to take the session over.
    package var identity: SessionIdentity? {
        self.handle.use { zoo_client_id($0).map { SessionIdentity(raw: $0.pointee) } } ?? nil
    }

    /// How many calls C has not answered.
    package var pendingCalls: Int { self.handle.calls.count }

    // MARK: Calls

    /// Hands a call to C and waits for its answer.
    ///
    /// - Parameters:
    ///   - type: The type of a successful answer.
    ///   - operation: What is done, for errors.
    ///   - memory: What C writes into until it answers.
    ///   - start: Makes the call with the handle and a context that its completion gives to ``PendingCall/answer``.
    /// - Returns: C's answer.
    /// - Throws: ``ZooKeeperError``; `CancellationError`, and then the call may still have its effect.
    func call<Value: Sendable>(
        returning type: Value.Type,
        _ operation: String,
        memory: TransactionMemory? = nil,
        _ start: (OpaquePointer, UnsafeRawPointer) -> Int32
    ) async throws -> Value {
        do {
            return try await self.handle.calls.perform(returning: type, operation, memory: memory) { context in
                let code = self.handle.use { start($0, context) } ?? ZCLOSING.rawValue
                guard code == ZOK.rawValue else { throw ZooKeeperError(code: code, operation: operation) }
            }
        } catch let error as ZooKeeperError where error.code == Int(ZSESSIONEXPIRED.rawValue) {
            // A server can answer so and keep the connection, and then C does not take the session for lost.
            self.events.end()
            throw error
        }
    }

    // MARK: Opening and closing

    /// Makes the handle, which begins to connect.
    ///
    /// - Throws: ``ZooKeeperError``; `CancellationError`.
    func makeHandle(hosts: String, timeout: Duration, resuming identity: SessionIdentity?) async throws {
        try await self.handle.open(hosts: hosts, timeout: timeout, resuming: identity, events: self.events)
    }

    /// Ends the session at once, with all that is ephemeral of it if a server can be reached, and waits for that.
    ///
    /// Calls that are under way end with an error.
    package func close() async {
        self.events.end()
        await withCheckedContinuation { continuation in
            self.handle.close(self.events) { continuation.resume() }
        }
    }

    /// Takes the session for lost, and ends what is left of it without waiting for that.
    func abandon() { self.events.end() }
}
#endif
