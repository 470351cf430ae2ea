#if MariaDB
import CMariaDB

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// libmariadb as a whole.
enum Library {
    private static let isStarted: Bool = {
        // OpenSSL writes to its sockets without MSG_NOSIGNAL: a server that hangs up would end the process.
        signal(SIGPIPE, SIG_IGN)
        // Not safe to happen on several threads at once, as `mysql_init` would have it.
        return mysql_server_init(0, nil, nil) == 0
    }()

    /// Starts the library, once a process.
    static func start() { precondition(self.isStarted, "libmariadb cannot be started") }
}
#endif
