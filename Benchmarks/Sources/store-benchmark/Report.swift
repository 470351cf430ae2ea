import CHeapUse
import Glibc

/// The table that the benchmark prints.
enum Report {
    /// Prints one line.
    ///
    /// - Parameters:
    ///   - label: What was measured.
    ///   - value: The figure.
    ///   - unit: What it counts.
    ///   - note: The limit or the peer that it is to be held against.
    static func line(_ label: String, _ value: Double, _ unit: String, _ note: String = "") {
        let figure = Self.text(value)
        let padding = String(repeating: " ", count: max(1, 64 - label.count - figure.count))
        print("\(label)\(padding)\(figure) \(unit)\(note.isEmpty ? "" : "   \(note)")")
        fflush(nil)
    }

    private static func text(_ value: Double) -> String {
        guard value < 100 else { return "\(Int(value.rounded()))" }
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    /// How many bytes of the heap are in use.
    static func heapBytes() -> Int { Int(distcron_heap_bytes()) }

    /// How long some work takes, in seconds.
    static func seconds(_ work: () async throws -> Void) async rethrows -> Double {
        let start = ContinuousClock.now
        try await work()
        return (ContinuousClock.now - start) / .seconds(1)
    }
}
