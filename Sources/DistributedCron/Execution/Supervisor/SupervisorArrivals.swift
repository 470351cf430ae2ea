import Dispatch
import Glibc
import Logging

/// The connections that come to a supervisor.
final class SupervisorArrivals: Sendable {
    /// For one consumer; it ends when no more are taken.
    let connections: AsyncStream<SupervisorConnection>
    private let continuation: AsyncStream<SupervisorConnection>.Continuation
    private let listener: Descriptor
    private let queue = DispatchQueue(label: "distcron.supervisor.arrivals")

    /// Takes connections of a user's processes from a socket that listens.
    init(_ listener: consuming Descriptor, of user: uid_t = geteuid(), logger: Logger) {
        self.listener = listener
        (self.connections, self.continuation) = AsyncStream.makeStream()
        let number = self.listener.number
        // Until `end()`, which whoever makes this calls before it lets go of it.
        self.queue.async { [continuation] in
            while true {
                let socket = accept(number, nil, nil)
                if socket >= 0 {
                    // What is started meanwhile has its descriptors closed in any case.
                    _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
                    let connection = SupervisorConnection(Descriptor(owning: socket), logger: logger)
                    if connection.isTrusted(by: user) { continuation.yield(connection) }
                } else if [EINVAL, EBADF].contains(errno) {
                    // Shut down.
                    return
                } else if [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(errno) {
                    // Attempts that end give descriptors back, and nothing tells of it.
                    usleep(100_000)  // lint:allow on a queue of its own, where there is no clock
                }
            }
        }
    }

    /// Adds a connection that came in another way.
    func add(_ connection: SupervisorConnection) { self.continuation.yield(connection) }

    /// Takes no more, and returns when nobody waits for any.
    func end() {
        shutdown(self.listener.number, Int32(SHUT_RDWR))
        self.queue.sync {}
        self.continuation.finish()
    }
}
