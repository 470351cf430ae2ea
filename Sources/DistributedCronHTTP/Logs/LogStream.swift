#if HTTP
import DistributedCron
import Hummingbird
import NIOCore
import ServiceLifecycle

/// Sends the events of a log to one client, with a sign of life whenever there is nothing to send.
struct LogStream: Sendable {
    private enum Turn: Sendable {
        case event(LogEvent?)
        case heartbeat
        case shutdown
    }

    /// Less than the idle limits of proxies: HAProxy and nginx cut a connection after 30 to 60 seconds.
    static let heartbeat = Duration.seconds(15)

    let source: LogSource
    let clock: any Clock<Duration>

    /// Writes events until the run's end or the server's shutdown.
    @concurrent
    func write(to writer: inout any ResponseBodyWriter) async throws {
        // The head goes out at once, also while there is nothing to tell.
        try await writer.write(ByteBuffer(bytes: LogEvent.heartbeat))
        try await withThrowingTaskGroup(of: Turn.self) { group in
            defer { group.cancelAll() }
            group.addTask { .event(try await self.source.next()) }
            group.addTask { try await self.rest() }
            group.addTask {
                try await gracefulShutdown()
                return .shutdown
            }
            while let turn = try await group.next() {
                switch turn {
                case .event(let event?):
                    try await writer.write(ByteBuffer(bytes: event.bytes))
                    group.addTask { .event(try await self.source.next()) }
                case .heartbeat:
                    try await writer.write(ByteBuffer(bytes: LogEvent.heartbeat))
                    group.addTask { try await self.rest() }
                case .event(nil), .shutdown: return
                }
            }
        }
    }

    private func rest() async throws -> Turn {
        try await self.clock.sleep(for: Self.heartbeat)
        return .heartbeat
    }
}
#endif
