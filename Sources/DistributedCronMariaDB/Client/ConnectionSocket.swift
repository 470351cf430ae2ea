#if MariaDB
import DistributedCron

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// The socket of a connection, which another thread may cut while the connection's own waits for the server.
final class ConnectionSocket: Sendable {
    private struct State {
        var descriptor: Int32?
        var isCut = false
    }
    private let state: Lock<State>

    init(_ descriptor: Int32) {
        self.state = Lock(State(descriptor: descriptor))
        // libmariadb opens it without, and a job must not inherit a connection to the database.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Whether the connection was cut.
    var isCut: Bool { self.state.withLock { $0.isCut } }

    /// Ends the connection: whoever waits for the server gets an error.
    func cut() {
        self.state.withLock { state in
            state.isCut = true
            if let descriptor = state.descriptor { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Lets go of the descriptor before it is closed, because its number is soon another's.
    func release() { self.state.withLock { $0.descriptor = nil } }
}
#endif
