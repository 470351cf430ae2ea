package import DistributedCron
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Everything that a small store says.
package struct StoreContents: Equatable {
    private var slots: [Slot]
    private var jobs: [Job]
    private var runs: [Run]
    private var attempts: [[Attempt]] = []
    private var gaps: [[Gap]] = []
    private var statistics: [JobStatistics?]
    private var changes: [SlotContents] = []

    /// Asks a store for all of it.
    package init(of store: some JobStore) async throws {
        self.slots = try await store.slots()
        self.jobs = try await store.jobs(after: nil, limit: 1_000)
        self.runs = try await store.runs(matching: RunFilter(), before: nil, limit: 100_000)
        let statistics = try await store.statistics(of: self.jobs.map(\.id), since: RandomHistory.beginning)
        self.statistics = self.jobs.map { statistics[$0.id] }
        for run in self.runs { self.attempts.append(try await store.attempts(of: run.id)) }
        for job in self.jobs { self.gaps.append(try await store.gaps(of: job.id, limit: 1_000)) }
        for slot in self.slots {
            self.changes.append(try await store.contents(of: slot.id, after: .zero, limit: 1_000))
        }
    }

    /// Reports what is not as in another store, as an issue of the current test.
    package func expect(_ other: Self) {
        #expect(self == other, "\(Self.differences(self, other))")
    }

    /// The first lines that differ when all is written out.
    private static func differences(_ one: Self, _ other: Self) -> String {
        var texts = ["", ""]
        dump(one, to: &texts[0])
        dump(other, to: &texts[1])
        let lines = texts.map { $0.split(separator: "\n") }
        let differing = zip(lines[0], lines[1]).enumerated().filter { $0.element.0 != $0.element.1 }.prefix(8)
        return differing.map { line in
            let place = lines[0][max(0, line.offset - 6)..<line.offset].joined(separator: "\n")
            return "\(place)\n\(line.element.0) and not\n\(line.element.1)"
        }.joined(separator: "\n…\n")
    }
}
