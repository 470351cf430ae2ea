#if HTTP
public import Hummingbird
import HummingbirdCore
public import Logging
public import NIOCore

extension JobsAPI {
    /// Makes a server of its own for the API, a `Service` that runs until it is gracefully shut down.
    ///
    /// - Parameters:
    ///   - host: The address to listen on. Until there is authentication, whoever reaches it may run code.
    ///   - port: The port to listen on; 0 for one that is free.
    ///   - limits: What clients may take before they are cut off.
    ///   - logger: Receives the server's messages.
    ///   - onServerRunning: Called with the listening channel once clients can connect.
    /// - Returns: The server.
    public func application(
        host: String = "127.0.0.1",
        port: Int = 30_000,
        limits: ConnectionLimits = ConnectionLimits(),
        logger: Logger,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        let router = Router(context: BasicRequestContext.self)
        // For paths that no route has; the routes bring their own.
        router.add(middleware: self.middleware(for: BasicRequestContext.self))
        self.addRoutes(to: router)
        let gauge = ConnectionGauge(limits: limits)
        return Application(
            router: router,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: self.connectionHandlers(limits: limits, gauge: gauge),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: limits.headerBytes,
                        maxHeaderListSize: limits.headerBytes,
                        maxHeaderFieldCount: limits.headerFields
                    )
                )
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: gauge
            ),
            onServerRunning: { channel in
                try? await channel.eventLoop.submit {
                    try channel.pipeline.syncOperations.addHandler(AcceptanceHandler(), position: .first)
                }.get()
                await onServerRunning(channel)
            },
            logger: logger
        )
    }

    private func connectionHandlers(
        limits: ConnectionLimits,
        gauge: ConnectionGauge
    ) -> [any RemovableChannelHandler] {
        [
            ExpectContinueHandler(limit: self.configuration.maximumBodyBytes),
            ConnectionHandler(limits: limits, gauge: gauge, path: self.configuration.path),
        ]
    }
}
#endif
