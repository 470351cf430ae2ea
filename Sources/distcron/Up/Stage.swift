#if HTTP
import DistributedCron
import DistributedCronProcess
import ServiceLifecycle

/// What the person who started the server sees of it; ends when the server is to end.
final class Stage: Service {
    private let act: Server.Act
    private let directory: String
    private let note: String?
    private let service: JobService
    private let listening: AsyncStream<Int>
    private let code = Lock<Int32>(0)

    /// Prepares the stage.
    ///
    /// - Parameters:
    ///   - act: What to show.
    ///   - directory: Where files are.
    ///   - note: What there is to say of where jobs are, if they are not in the directory.
    ///   - service: What jobs are added with.
    ///   - listening: The port, once clients can connect.
    init(
        act: Server.Act,
        directory: String,
        note: String?,
        service: JobService,
        listening: AsyncStream<Int>
    ) {
        self.act = act
        self.directory = directory
        self.note = note
        self.service = service
        self.listening = listening
    }

    /// The exit code of the process.
    var exitCode: Int32 { self.code.withLock { $0 } }

    /// Shows what is to be shown, and stays until the end if it is to be served.
    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await self.show() }
        } catch is CancellationError {
            // The end, however it came.
        }
    }

    private func show() async throws {
        guard let port = await self.listening.first(where: { _ in true }) else { return }
        try StandardOutput.write(self.banner(port))
        if self.act != .serve {
            let demo = Demo(service: self.service) { try StandardOutput.write($0) }
            let code = try await demo.run()
            guard self.act == .demo else { return self.code.withLock { $0 = code } }
        }
        try StandardOutput.write("Serving. Try the next step in another terminal; Ctrl-C stops.\n")
        try await gracefulShutdown()
    }

    private func banner(_ port: Int) -> String {
        """
        distcron \(Version.current)   data \(self.directory)   time zone UTC   auth off (loopback only)
          API        http://localhost:\(port)

        """ + (self.note.map { "  \($0)\n" } ?? "")
    }
}
#endif
