import Foundation
import Testing

/// The built tool, run as a person runs it.
struct Program {
    /// How a run of the tool ended.
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Where the tool was built: beside these tests.
    static let path: String? = {
        let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = tests.map { URL(filePath: $0).deletingLastPathComponent().appending(path: "distcron").path() }
        return path.flatMap { FileManager.default.isExecutableFile(atPath: $0) ? $0 : nil }
    }()

    private let process = Process()
    private let output = AsyncStream.makeStream(of: [UInt8].self)
    private let errors = AsyncStream.makeStream(of: [UInt8].self)
    private let ends = AsyncStream.makeStream(of: Void.self)

    /// Starts the tool.
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        self.process.executableURL = URL(filePath: try #require(Self.path))
        self.process.arguments = arguments
        self.process.environment = environment
        self.process.standardInput = FileHandle.nullDevice
        self.process.standardOutput = Self.pipe(into: self.output.continuation)
        self.process.standardError = Self.pipe(into: self.errors.continuation)
        let ends = self.ends.continuation
        self.process.terminationHandler = { _ in ends.finish() }
        try self.process.run()
    }

    /// Runs the tool to its end.
    static func run(_ arguments: String..., url: String? = nil) async throws -> Result {
        try await Program(arguments, environment: url.map { ["DISTCRON_URL": $0] } ?? [:]).result()
    }

    /// Reads standard output until it contains a text, and returns all that was read.
    func output(until text: String) async -> String {
        var read: [UInt8] = []
        for await bytes in self.output.stream {
            read += bytes
            if String(decoding: read, as: UTF8.self).contains(text) { break }
        }
        return String(decoding: read, as: UTF8.self)
    }

    /// Asks the tool to end.
    func terminate() { self.process.terminate() }

    /// Waits for the end.
    func result() async -> Result {
        async let output = Self.text(self.output.stream)
        async let errors = Self.text(self.errors.stream)
        let (outputText, errorText) = await (output, errors)
        for await _ in self.ends.stream {}
        return Result(status: self.process.terminationStatus, output: outputText, errors: errorText)
    }

    private static func text(_ stream: AsyncStream<[UInt8]>) async -> String {
        var read: [UInt8] = []
        for await bytes in stream { read += bytes }
        return String(decoding: read, as: UTF8.self)
    }

    private static func pipe(into continuation: AsyncStream<[UInt8]>.Continuation) -> Pipe {
        let pipe = Pipe()
        pipe.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            guard data.isEmpty else { return _ = continuation.yield(Array(data)) }
            handle.readabilityHandler = nil
            continuation.finish()
        }
        return pipe
    }
}
