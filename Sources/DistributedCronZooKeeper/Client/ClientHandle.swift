#if ZooKeeper
import CZooKeeper
import DistributedCron

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// One handle of the C client, from when it is made until it is closed, and the calls that it has not answered.
///
/// What blocks, looking up names and closing, happens on a queue of its own.
final class ClientHandle: Sendable {
    private struct Gate {
        /// The handle's address, because a pointer cannot leave a lock; zero while there is none.
        var address: UInt = 0
        var isClosed = false
    }
    /// Held while C takes a call, so that none is taken by a handle that is being closed.
    private let gate = Lock(Gate())
    private let executor = QueueExecutor(label: "distcron.zookeeper")
    let calls = PendingCalls()

    /// Does something with the handle; nil if there is none, or none any more.
    func use<Value: Sendable>(_ body: (OpaquePointer) -> Value) -> Value? {
        self.gate.withLock { gate in
            guard !gate.isClosed, let handle = OpaquePointer(bitPattern: gate.address) else { return nil }
            return body(handle)
        }
    }

    /// Makes the handle, which begins to connect.
    ///
    /// - Throws: ``ZooKeeperError``; `CancellationError`, while the queue goes on with it.
    func open(
        hosts: String,
        timeout: Duration,
        resuming identity: SessionIdentity?,
        events: SessionEvents
    ) async throws {
        ClientLog.quieten
        let milliseconds = Int32(clamping: Int64(timeout / .milliseconds(1)))
        let problem = Lock<ZooKeeperError?>(nil)
        do {
            try await self.calls.perform(returning: Void.self, "connect to \(hosts)") { context in
                // The address is all that the queue needs; the table keeps the call until it is answered.
                let address = UInt(bitPattern: context)
                self.executor.async {
                    let found = self.initialise(hosts, milliseconds, identity, events)
                    problem.withLock { $0 = found }
                    let code = found == nil ? ZOK.rawValue : ZSYSTEMERROR.rawValue
                    PendingCall<Void>.answer(UnsafeRawPointer(bitPattern: address), code: code) { _ in () }
                }
            }
        } catch let error as ZooKeeperError {
            throw problem.withLock { $0 } ?? error
        }
    }

    /// - Returns: What has gone wrong.
    private func initialise(
        _ hosts: String,
        _ milliseconds: Int32,
        _ identity: SessionIdentity?,
        _ events: SessionEvents
    ) -> ZooKeeperError? {
        let operation = "connect to \(hosts)"
        guard !self.gate.withLock({ $0.isClosed }) else {
            return ZooKeeperError(code: ZCLOSING.rawValue, operation: operation)
        }
        // Whoever closes the handle keeps the events until that is done.
        let context = Unmanaged.passUnretained(events).toOpaque()
        func open(_ identity: UnsafePointer<clientid_t>?) -> (handle: OpaquePointer?, error: SystemError) {
            let (watcher, log) = (SessionEvents.watcher, ClientLog.callback)
            let handle = zookeeper_init2(
                hosts,
                watcher,
                milliseconds,
                identity,
                context,
                Int32(ZOO_NO_LOG_CLIENTENV),
                log
            )
            return (handle, SystemError(doing: operation))
        }
        let made = identity.map { withUnsafePointer(to: $0.raw) { open($0) } } ?? open(nil)
        guard let handle = made.handle else {
            // C says EINVAL of most names that cannot be looked up.
            let isUnknown = [ENOENT, EINVAL].contains(made.error.number)
            return ZooKeeperError(
                .unreachable,
                operation: operation,
                message: isUnknown ? "none of the names \(hosts) is known" : "\(made.error)"
            )
        }
        let address = UInt(bitPattern: handle)
        self.gate.withLock { $0.address = address }
        return nil
    }

    /// Closes the handle, which ends its session if a server can be reached, without waiting for that.
    ///
    /// Calls that are under way end with an error at once, and so does every later one.
    ///
    /// - Parameters:
    ///   - events: What C tells of the session, and must not be freed before.
    ///   - then: Called on the queue when everything is closed.
    func close(_ events: SessionEvents, then: @escaping @Sendable () -> Void = {}) {
        self.gate.withLock { $0.isClosed = true }
        self.calls.failAll()
        self.executor.async {
            let address = self.gate.withLock { gate in
                defer { gate.address = 0 }
                return gate.address
            }
            if let handle = OpaquePointer(bitPattern: address) { zookeeper_close(handle) }
            // C's threads are gone: nothing answers any more, and nothing uses the events.
            self.calls.releaseAll()
            withExtendedLifetime(events) {}
            then()
        }
    }
}
#endif
