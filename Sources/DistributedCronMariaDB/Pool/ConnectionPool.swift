#if MariaDB
package import Logging
import ServiceLifecycle

/// The connections of one process.
package final class ConnectionPool: Service, Sendable {
    package init(
        configuration: MariaDBConfiguration,
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {}

    /// Takes a connection, runs the body on its queue, and gives it back.
    package func withSession<Value: Sendable>(_ body: @Sendable (Session) throws -> Value) async throws -> Value {
        throw MariaDBError.missing
    }

    /// Looks after the connections until a graceful shutdown, then closes all.
    package func run() async throws {}

    /// Closes all connections.
    package func close() async {}
}
#endif
