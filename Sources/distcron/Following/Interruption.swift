import ArgumentParser
import DistributedCronProcess
import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Ctrl-C while a command follows something: it ends the command, and nothing else.
enum Interruption {
    /// Works until the work is done, or until somebody interrupts it.
    ///
    /// - Parameters:
    ///   - message: What is said after an interruption.
    ///   - work: The work; it is cancelled by SIGINT and SIGTERM.
    /// - Returns: What the work returns.
    /// - Throws: What the work throws; the exit code 130 or 143 after an interruption.
    static func ends<Value: Sendable>(
        saying message: String,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            defer { group.cancelAll() }
            let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
            group.addTask { try await work() }
            group.addTask {
                for await signal in signals {
                    StandardError.write(message)
                    throw ExitCode(128 + (signal == .sigint ? SIGINT : SIGTERM))
                }
                return nil
            }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }
}
