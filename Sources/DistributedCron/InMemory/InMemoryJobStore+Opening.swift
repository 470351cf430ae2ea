import Dispatch
public import Logging

// A store in memory that a directory makes durable.
extension InMemoryJobStore {
    /// Opens the store that a directory holds, or makes one there.
    ///
    /// - Parameters:
    ///   - directory: The directory, for this store alone; made if it is not there, but not its parents.
    ///   - slotCount: How many slots a new cluster has, a power of two; one that is there keeps its own.
    ///   - historyLimit: How many ended runs, and how many gaps, are kept of each job, the newest.
    ///   - totalLimit: How many runs of all jobs together are kept, the newest.
    ///   - identities: Where a new cluster's identity comes from.
    ///   - wallClock: The store's clock.
    ///   - logger: Hears of what was cut off, and of writes that fail.
    /// - Returns: The store. It holds the directory until it is let go of.
    /// - Throws: ``JournalError``, with code `locked` if another process uses the directory.
    public static func open(
        directory: String,
        slotCount: Int = 1_024,
        historyLimit: Int = 1_000,
        totalLimit: Int = 500_000,
        identities: IdentitySource = IdentitySource(),
        wallClock: any WallClock = SystemWallClock(),
        logger: Logger
    ) async throws -> InMemoryJobStore {
        try await self.open(
            directory: directory,
            slotCount: slotCount,
            historyLimit: historyLimit,
            totalLimit: totalLimit,
            identities: identities,
            wallClock: wallClock,
            snapshotBytes: SnapshotTaker.minimumBytes,
            logger: logger
        )
    }

    /// Opens a store that takes a snapshot whenever its journal has grown by so many bytes, and by the last one's length.
    static func open(
        directory: String,
        slotCount: Int = 1_024,
        historyLimit: Int = 1_000,
        totalLimit: Int = 500_000,
        identities: IdentitySource = IdentitySource(),
        wallClock: any WallClock = SystemWallClock(),
        snapshotBytes: Int,
        logger: Logger
    ) async throws -> InMemoryJobStore {
        precondition(slotCount > 0 && slotCount & (slotCount - 1) == 0, "the number of slots is a power of two")
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "distcron.journal.open").async {
                let store = Result {
                    var replay = LedgerReplay(historyLimit: historyLimit, totalLimit: totalLimit)
                    let journal = try Journal(path: directory, logger: logger) { try replay.read($0) }
                    var ledger = replay.finish()
                    if ledger == nil {
                        let cluster = Cluster(id: identities.clusterID(), slotCount: slotCount)
                        ledger = InMemoryLedger(
                            cluster: cluster,
                            historyLimit: historyLimit,
                            totalLimit: totalLimit,
                            now: wallClock.now
                        )
                        var writer = RecordWriter()
                        writer.cluster(cluster)
                        for row in ledger?.slots ?? [] { writer.record(.slot) { $0.slot(row.slot) } }
                        _ = journal.enqueue(writer.bytes)
                    }
                    guard var ledger = ledger.take() else { throw CancellationError() }
                    ledger.changes.isRecording = true
                    return InMemoryJobStore(
                        ledger: ledger,
                        wallClock: wallClock,
                        journal: journal,
                        snapshots: SnapshotTaker(journal: journal, minimumBytes: snapshotBytes, logger: logger)
                    )
                }
                continuation.resume(with: store)
            }
        }
    }
}
