import Foundation
import Testing

/// The built tool, run as a person runs it.
enum Program {
    /// Where the tool was built: beside these tests.
    static let path: String? = Self.built("distcron")

    /// Where a program of this package was built; nil if it was not.
    static func built(_ name: String) -> String? {
        let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = tests.map { URL(filePath: $0).deletingLastPathComponent().appending(path: name).path() }
        return path.flatMap { FileManager.default.isExecutableFile(atPath: $0) ? $0 : nil }
    }

    /// Starts the tool.
    static func start(
        _ arguments: [String],
        url: String? = nil,
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        try ChildProcess(
            [try #require(Self.path)] + arguments,
            environment: environment.merging(url.map { ["DISTCRON_URL": $0] } ?? [:]) { $1 }
        )
    }

    /// Runs the tool to its end.
    static func run(_ arguments: String..., url: String? = nil) async throws -> ChildProcess.Result {
        try await Self.start(arguments, url: url).result()
    }

    /// Serves on a free port while a test works, then ends the server, which has to exit with 0.
    static func serving(
        endedBy signal: Int32 = SIGTERM,
        _ work: (_ url: String, _ directory: String) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "distcron-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let server = try Self.start(["up", "--port", "0", "--data-dir", directory])
        let banner = await server.output(until: "Serving.")
        do {
            let url = try #require(banner.firstMatch(of: #/http://localhost:\d+/#)).output
            try await work(String(url), directory)
        } catch {
            server.terminate()
            throw error
        }
        server.terminate(signal)
        let result = await server.result()
        #expect(result.status == 0, "\(result.errors)")
    }
}
