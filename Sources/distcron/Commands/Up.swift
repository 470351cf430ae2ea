import ArgumentParser
import DistributedCronProcess
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `distcron up`.
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run everything in this process: API, manager and worker."
    )

    @Option(help: "The port of the API on the loopback address; 0 for one that is free, 30000 if nothing is said.")
    var port: Int?
    @Flag(help: "Add a demo job, run it once, and show what it wrote.")
    var demo = false
    @Flag(help: "With --demo: end after the demo's run, with its exit code.")
    var once = false
    @OptionGroup var storage: StoreOptions
    @OptionGroup var configurationOptions: ConfigurationOptions

    private static let ports = 0...65_535

    func validate() throws {
        guard self.port.map({ Self.ports.contains($0) }) ?? true else {
            throw ValidationError("--port must be 0 to 65535.")
        }
        guard self.demo || !self.once else { throw ValidationError("--once is for --demo.") }
    }

    func run() async throws {
        #if HTTP
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        if geteuid() == 0 { StandardError.write("warning: running as root: jobs run as root\n") }
        let settings = try self.configurationOptions.settings()
        let port =
            try self.port
            ?? settings.read(.httpPort, "a number from 0 to 65535") { text in
                Int(text).flatMap { Self.ports.contains($0) ? $0 : nil }
            }
        let server = Server(
            plan: try StorePlan(self.storage, settings),
            port: port ?? 30_000,
            act: self.demo ? self.once ? .demoOnce : .demo : .serve,
            logger: Logger(label: "distcron")
        )
        let code = try await server.run()
        guard code == 0 else { throw ExitCode(code) }
        #else
        throw Failure(.configuration, "distcron was built without HTTP", help: "build it with the trait HTTP")
        #endif
    }
}
