#if ZooKeeper
import CZooKeeper
package import DistributedCron

/// One session with ZooKeeper, on one handle of the C client.
///
/// Calls hand their work to the client's own threads and suspend until it answers. What blocks, looking up names and
/// closing, happens on a queue of its own. A session that is lost stays lost.
package final class ZooKeeperSession: Sendable {
    private struct Gate {
        /// The handle's address, because a pointer cannot leave a lock; zero while there is none.
        var handle: UInt = 0
        var isClosed = false
    }
    /// Held while C takes a call, so that none is taken by a handle that is being closed.
    private let gate = Lock(Gate())
    private let calls = PendingCalls()
    private let events = SessionEvents()
    private let executor = QueueExecutor(label: "distcron.zookeeper")
    /// Who may do what with the nodes that the session creates.
    package let access: NodeAccess
    private let clock: any Clock<Duration>

    init(access: NodeAccess, clock: any Clock<Duration>) {
        self.access = access
        self.clock = clock
    }

    deinit {
        let (gate, calls, events) = (self.gate.withLock { $0.handle }, self.calls, self.events)
        // On the queue, because closing blocks, and nobody knows on which thread the last reference is dropped.
        if gate != 0 { self.executor.async { Self.close(gate, calls, events) } }
    }

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
    package func looks(at path: String) -> AsyncStream<Void> { self.events.looks(at: path) }

    /// How long the servers wait for a sign of life, as they have agreed to.
    package var timeout: Duration {
        self.withHandle { .milliseconds(zoo_recv_timeout($0)) } ?? .zero
    }

    /// The session's number, by which its ephemeral nodes are known.
    package var number: Int64 { self.identity?.number ?? 0 }

    /// What another handle needs to take the session over.
    package var identity: SessionIdentity? {
        self.withHandle { zoo_client_id($0).map { SessionIdentity(raw: $0.pointee) } } ?? nil
    }

    /// How many calls C has not answered.
    package var pendingCalls: Int { self.calls.count }

    private func withHandle<Value: Sendable>(_ body: (OpaquePointer) -> Value) -> Value? {
        self.gate.withLock { gate in
            guard !gate.isClosed, let handle = OpaquePointer(bitPattern: gate.handle) else { return nil }
            return body(handle)
        }
    }

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
            return try await self.calls.perform(returning: type, operation, memory: memory) { context in
                let code = self.withHandle { start($0, context) } ?? ZCLOSING.rawValue
                guard code == ZOK.rawValue else { throw ZooKeeperError(code: code, operation: operation) }
            }
        } catch let error as ZooKeeperError where error.code == Int(ZSESSIONEXPIRED.rawValue) {
            // A server can answer so and keep the connection, and then C does not take the session for lost.
            self.events.end()
            throw error
        }
    }

    // MARK: Opening and closing

    /// Makes the handle, on the queue, because names are looked up while one waits for it.
    ///
    /// - Throws: ``ZooKeeperError``; `CancellationError`, while the queue goes on with it.
    func makeHandle(hosts: String, timeout: Duration, resuming identity: SessionIdentity?) async throws {
        ClientLog.quieten
        let milliseconds = Int32(clamping: Int64(timeout / .milliseconds(1)))
        try await self.calls.perform(returning: Void.self, "connect to \(hosts)") { context in
            // The address is all that the queue needs; the table keeps the call until it is answered.
            let address = UInt(bitPattern: context)
            self.executor.async {
                let code = self.initialise(hosts, milliseconds, identity)
                PendingCall<Void>.answer(UnsafeRawPointer(bitPattern: address), code: code) { _ in () }
            }
        }
    }

    private func initialise(_ hosts: String, _ milliseconds: Int32, _ identity: SessionIdentity?) -> Int32 {
        guard !self.gate.withLock({ $0.isClosed }) else { return ZCLOSING.rawValue }
        // The session, or the closing of its handle, keeps the events for as long as C may use them.
        let context = Unmanaged.passUnretained(self.events).toOpaque()
        func open(_ identity: UnsafePointer<clientid_t>?) -> OpaquePointer? {
            let (watcher, log) = (SessionEvents.watcher, ClientLog.callback)
            return zookeeper_init2(hosts, watcher, milliseconds, identity, context, Int32(ZOO_NO_LOG_CLIENTENV), log)
        }
        let handle = identity.map { withUnsafePointer(to: $0.raw) { open($0) } } ?? open(nil)
        guard let handle else { return ZSYSTEMERROR.rawValue }
        let address = UInt(bitPattern: handle)
        self.gate.withLock { $0.handle = address }
        return ZOK.rawValue
    }

    /// Takes the session for lost, because something is gone that goes only with it.
    func takeForLost() { self.events.end() }

    /// Ends the session at once, with all that is ephemeral of it if a server can be reached, and waits for that.
    ///
    /// Calls that are under way end with an error.
    package func close() async {
        await withCheckedContinuation { continuation in self.shut { continuation.resume() } }
    }

    /// Ends the session without waiting for it.
    ///
    /// - Parameter then: Called on the queue when everything is closed.
    func shut(_ then: @escaping @Sendable () -> Void = {}) {
        self.gate.withLock { $0.isClosed = true }
        self.events.end()
        self.executor.async {
            let handle = self.gate.withLock { gate in
                defer { gate.handle = 0 }
                return gate.handle
            }
            Self.close(handle, self.calls, self.events)
            then()
        }
    }

    private static func close(_ address: UInt, _ calls: PendingCalls, _ events: SessionEvents) {
        if let handle = OpaquePointer(bitPattern: address) { zookeeper_close(handle) }
        // C's threads are gone: nothing answers any more, and nothing uses the events.
        calls.abandonAll()
        withExtendedLifetime(events) {}
    }
}
#endif
