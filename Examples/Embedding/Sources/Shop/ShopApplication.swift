import DistributedCron
import DistributedCronHTTP
import Hummingbird

/// The shop's web application, with its cron inside.
enum ShopApplication {
    /// Builds the application.
    ///
    /// - Parameters:
    ///   - cron: Runs beside the server, and ends with it. Its API is under `/cron`.
    ///   - sessions: What the routes write.
    ///   - port: Where to listen on the loopback address; 0 for a port that is free.
    /// - Returns: The application.
    static func make(cron: CronService, sessions: Sessions, port: Int) -> some ApplicationProtocol {
        let router = Router()
        router.get("/") { request, _ in
            let token = request.uri.queryParameters["token"].map(String.init) ?? "anonymous"
            await sessions.touch(token, at: SystemWallClock().now)
            return "Welcome\n"
        }
        var configuration = JobsAPI.Configuration()
        configuration.path = "/cron"
        JobsAPI(service: cron.jobs, configuration: configuration).addRoutes(to: router.group("/cron"))
        return Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: port)),
            services: [cron]
        )
    }
}
