#if MariaDB
import DistributedCron

/// The servers of a pool: those that have just failed are tried last.
final class HostList: Sendable {
    /// How long a host that failed is not preferred.
    private static let rest = Duration.seconds(2)

    private let configuration: MariaDBConfiguration
    private let time: Stopwatch
    private let restUntil = Lock([MariaDBConfiguration.Host: Duration]())

    init(_ configuration: MariaDBConfiguration, clock: any Clock<Duration>) {
        self.configuration = configuration
        self.time = Stopwatch(clock)
    }

    /// Notes that a host takes no work at present.
    func rest(_ host: MariaDBConfiguration.Host) {
        let until = self.time.elapsed + Self.rest
        self.restUntil.withLock { $0[host] = until }
    }

    /// The hosts in the order in which they are to be tried.
    var inOrder: [MariaDBConfiguration.Host] {
        let now = self.time.elapsed
        let resting = self.restUntil.withLock { $0 }.filter { $0.value > now }
        return self.configuration.hosts.filter { resting[$0] == nil }
            + self.configuration.hosts.filter { resting[$0] != nil }
    }

    /// Connects to the first host that lets it, which blocks.
    ///
    /// - Throws: ``MariaDBError``: why the only host did not, or why all did not.
    func connect() throws -> sending Session {
        var errors: [MariaDBError] = []
        for host in self.inOrder {
            do {
                return try Session(host, self.configuration)
            } catch let error as MariaDBError {
                self.rest(host)
                errors.append(error)
            }
        }
        guard let first = errors.first else {
            throw MariaDBError(kind: .configuration, message: "the database has no host")
        }
        // What needs a change by somebody is of more use than that another host is down as well.
        let worst = errors.first { !$0.isRetryable } ?? first
        throw MariaDBError(
            kind: worst.kind,
            number: worst.number,
            sqlState: worst.sqlState,
            message: errors.map(\.message).joined(separator: "; ")
        )
    }
}
#endif
