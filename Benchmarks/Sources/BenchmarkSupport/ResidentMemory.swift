import Foundation

/// How much memory the process has, by the kernel's books.
package enum ResidentMemory {
    package static var current: Int { Self.bytes("VmRSS:") }
    package static var peak: Int { Self.bytes("VmHWM:") }

    /// Begins a new peak: see proc(5), `clear_refs`.
    package static func forgetPeak() { try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs")) }

    package static func mebibytes(_ bytes: Int) -> Double { Double(bytes) / 1_048_576 }

    private static func bytes(_ name: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
        return 1_024 * (line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0)
    }
}
