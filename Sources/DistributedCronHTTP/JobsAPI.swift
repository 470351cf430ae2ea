#if HTTP
public import DistributedCron
public import Hummingbird
import HTTPTypes

/// The REST API of jobs and runs, as routes for any Hummingbird router.
///
/// ```swift
/// let router = Router()
/// JobsAPI(service: service).addRoutes(to: router)
/// ```
///
/// The routes bring their own guard and problem documents and touch nothing else of the router.
public struct JobsAPI: Sendable {
    /// How the API is reached.
    public struct Configuration: Sendable {
        /// Names by which clients may address the server beside the loopback ones, without ports.
        public var allowedHosts: Set<String> = []
        /// Where clients reach the API, such as `https://cron.example.org/api`; nil for what each request says.
        public var externalURL: String?
        /// What the router that the routes are added to puts before their paths, such as `/cron`; empty by default.
        public var path = ""
        /// The most bytes of a request's body; 96 MiB by default, which holds 64 MiB as BASE64.
        public var maximumBodyBytes = 96 * 1_024 * 1_024

        /// Creates the defaults.
        public init() {}
    }

    /// The version of the API and of the servers that offer it.
    public static let version = "0.1.0"

    let service: JobService
    let configuration: Configuration
    let wallClock: any WallClock
    let clock: any Clock<Duration>

    /// Creates an API.
    ///
    /// - Parameters:
    ///   - service: What the API offers.
    ///   - configuration: How the API is reached.
    ///   - wallClock: The present, for the next instants of jobs.
    ///   - clock: Measures the pauses of streams.
    public init(
        service: JobService,
        configuration: Configuration = Configuration(),
        wallClock: any WallClock = SystemWallClock(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.service = service
        self.configuration = configuration
        self.wallClock = wallClock
        self.clock = clock
    }

    /// Adds the routes to a router or a group of one.
    ///
    /// Methods that a path does not have are answered with 405.
    public func addRoutes<Context: RequestContext>(to router: some RouterMethods<Context>) {
        let group = router.group().add(middleware: self.middleware(for: Context.self))
        for route in self.routes {
            let path = RouterPath(route.path)
            for endpoint in route.endpoints {
                group.on(path, method: endpoint.method) { request, context in
                    try await endpoint.respond(to: request, context.parameters)
                }
                guard endpoint.method == .get else { continue }
                group.head(path) { request, context in
                    try await endpoint.respondToHead(request, context.parameters)
                }
            }
            let allowed = route.allowed
            for method in Self.methods where !route.answers(method) {
                group.on(path, method: method) { request, _ -> Response in
                    throw Problem(
                        .methodNotAllowed,
                        "\(request.method.rawValue) is not one of \(allowed)",
                        headers: [.allow: allowed]
                    )
                }
            }
        }
    }

    func middleware<Context: RequestContext>(for context: Context.Type) -> APIMiddleware<Context> {
        let origin = self.configuration.externalURL?.lowercased().split(separator: "/").prefix(2).joined(
            separator: "//"
        )
        let requestGuard = RequestGuard(
            allowedHosts: Set(self.configuration.allowedHosts.map { $0.lowercased() }),
            externalOrigin: origin
        )
        return APIMiddleware(requestGuard: requestGuard, path: self.configuration.path)
    }

    /// Where the client that sent a request reaches the API.
    func baseURL(_ request: Request) -> String {
        self.configuration.externalURL ?? "http://\(request.head.authority ?? "localhost")\(self.configuration.path)"
    }

    /// The methods that are answered with 405 where there is no such endpoint.
    private static let methods: [HTTPRequest.Method] = {
        let query = HTTPRequest.Method("QUERY")
        return [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect] + (query.map { [$0] } ?? [])
    }()
}
#endif
