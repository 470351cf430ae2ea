#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What people are told while the coordination service does not answer.
package struct OutageReport: Sendable {
    /// What is wrong, as far as the one who asked knows.
    let problem: String
    /// Since when there was no answer; nil if that is not known.
    let since: Date?
    /// The workers that go on by the ledger; nil if it cannot be asked.
    let confirmed: [ConfirmedWorker]?

    /// What is wrong, since when, what goes on meanwhile, and what happens by itself.
    var sentence: String {
        let since = self.since.map { "; no answer since \(Instant(floor: $0))" } ?? ""
        let ledger = self.confirmed.map { Self.words($0) } ?? "the ledger cannot be asked who goes on by it"
        return "\(self.problem)\(since); \(ledger); all goes on by itself when the service answers"
    }

    /// What goes on by the ledger, where these are the workers that it confirms.
    package static func words(_ confirmed: [ConfirmedWorker]) -> String {
        guard let until = confirmed.map(\.until).min() else {
            return "the ledger confirms no worker: those that are cut off start nothing, and the others work as ever"
        }
        let workers = confirmed.count == 1 ? "1 worker" : "\(confirmed.count) workers, each"
        return """
            the ledger confirms \(workers) until \(Instant(floor: until)) at least: such a worker goes on with jobs of \
            on_outage lease, and holds runs of the others
            """
    }
}
