#if HTTP
public import Hummingbird
public import Logging
public import NIOCore

extension JobsAPI {
    /// Makes a server of its own for the API, a `Service` that runs until it is gracefully shut down.
    ///
    /// - Parameters:
    ///   - host: The address to listen on. Until there is authentication, whoever reaches it may run code.
    ///   - port: The port to listen on; 0 for one that is free.
    ///   - logger: Receives the server's messages.
    ///   - onServerRunning: Called with the listening channel once clients can connect.
    /// - Returns: The server.
    public func application(
        host: String = "127.0.0.1",
        port: Int = 30_000,
        logger: Logger,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        let router = Router(context: BasicRequestContext.self)
        // For paths that no route has; the routes bring their own.
        router.add(middleware: self.middleware(for: BasicRequestContext.self))
        self.addRoutes(to: router)
        let limit = self.configuration.maximumBodyBytes
        return Application(
            router: router,
            server: .http1(configuration: .init(additionalChannelHandlers: [ExpectContinueHandler(limit: limit)])),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: onServerRunning,
            logger: logger
        )
    }
}
#endif
