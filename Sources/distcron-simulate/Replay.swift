// For its processes.
import Foundation

/// Runs one seed many times, each time in a process of its own.
struct Replay {
    private static let prefix = "trace-hash="

    let count: Int
    let seed: UInt64
    let conditions: Conditions

    /// - Returns: Whether all of them did the same, and nothing failed.
    func run() throws -> Bool {
        var hashes: [String: Int] = [:]
        var failures = 0
        for _ in 1...self.count {
            let (output, status) = try self.runOnce()
            let lines = output.split(separator: "\n")
            let hash = lines.first { $0.hasPrefix(Self.prefix) }?.dropFirst(Self.prefix.count)
            hashes[hash.map(String.init) ?? "none", default: 0] += 1
            guard status != 0 else { continue }
            failures += 1
            // What was wrong is said once.
            if failures == 1 { print(lines.first ?? "the process ended with status \(status)") }
        }
        let found = hashes.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value) times)" }.joined(separator: ", ")
        print("seed \(self.seed): processes=\(self.count) failures=\(failures) schedules=\(hashes.count): \(found)")
        return failures == 0 && hashes.count == 1
    }

    private func runOnce() throws -> (output: String, status: Int32) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = self.conditions.arguments(for: self.conditions.plan(of: self.seed))
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (String(decoding: output, as: UTF8.self), process.terminationStatus)
    }
}
