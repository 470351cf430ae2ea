#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A worker that the ledger confirms while the coordination service is away, as a store shows it to people.
public struct ConfirmedWorker: Sendable, Hashable, Identifiable {
    /// The worker.
    public let id: WorkerID
    /// Until when, by the store's clock, unless it is confirmed again before; what it counts itself is over a little earlier.
    public let until: Date

    /// Says until when a worker is confirmed.
    public init(id: WorkerID, until: Date) {
        self.id = id
        self.until = until
    }
}
