import CHeapUse
import Glibc

/// The table that the benchmark prints.
package enum Report {
    /// Prints one line.
    ///
    /// - Parameters:
    ///   - label: What was measured.
    ///   - value: The figure.
    ///   - unit: What it counts.
    ///   - note: The limit or the peer that it is to be held against.
    package static func line(_ label: String, _ value: Double, _ unit: String, _ note: String = "") {
        let figure = Self.text(value)
        let padding = String(repeating: " ", count: max(1, 64 - label.count - figure.count))
        print("\(label)\(padding)\(figure) \(unit)\(note.isEmpty ? "" : "   \(note)")")
        fflush(nil)
    }

    fileprivate static func text(_ value: Double) -> String {
        guard value < 100 else { return "\(Int(value.rounded()))" }
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    /// How many bytes of the heap are in use.
    package static func heapBytes() -> Int { Int(distcron_heap_bytes()) }

    /// How long some work takes, in seconds.
    package static func seconds(_ work: () async throws -> Void) async rethrows -> Double {
        let start = ContinuousClock.now
        try await work()
        return (ContinuousClock.now - start) / .seconds(1)
    }
}

extension Report {
    /// Prints the median of ratios, each of two figures that were measured one after the other, and how far they lie apart.
    package static func ratio(_ label: String, _ ratios: [Double], _ note: String = "") {
        let range = "\(Self.text(ratios.min() ?? 0)) to \(Self.text(ratios.max() ?? 0)) in \(ratios.count) rounds"
        Self.line(label, ratios.median, "times", note.isEmpty ? range : "\(note); \(range)")
    }

    /// Milliseconds as whole microseconds.
    package static func microseconds(_ milliseconds: Double) -> String { "\(Int((milliseconds * 1_000).rounded())) µs" }
}

extension [Double] {
    /// The middle one of them, in order.
    package var median: Double { self.isEmpty ? 0 : self.sorted()[self.count / 2] }

    /// The one that 99 in 100 do not exceed.
    package var percentile99: Double {
        self.isEmpty ? 0 : self.sorted()[Swift.min(self.count - 1, self.count * 99 / 100)]
    }
}
