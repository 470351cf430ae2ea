import Dispatch
import Logging

/// Takes a snapshot whenever the journal has grown enough since the last one: one at a time, beside everything else.
final class SnapshotTaker: Sendable {
    /// A snapshot that was begun, and its pieces.
    struct Pieces {
        let number: UInt64
        /// Returns the next piece, and nil after the last.
        let next: () -> [UInt8]?
    }

    /// How many bytes a journal has at least before a snapshot is worth its while; 16 MiB by default.
    static let minimumBytes = 16 << 20

    private struct State {
        var isBusy = false
        var isClosed = false
        /// How long the last snapshot was.
        var lastBytes = 0
    }

    private let journal: Journal
    private let minimumBytes: Int
    private let logger: Logger
    private let state = Lock(State())
    private let queue = DispatchQueue(label: "distcron.journal.snapshots")

    init(journal: Journal, minimumBytes: Int, logger: Logger) {
        self.journal = journal
        self.minimumBytes = minimumBytes
        self.logger = logger
    }

    /// Takes a snapshot on a queue of its own, if it is time.
    ///
    /// - Parameter begin: Begins the snapshot.
    func takeIfDue(_ begin: @escaping @Sendable () -> Pieces?) {
        let logged = self.journal.loggedBytes
        let isDue = self.state.withLock { state in
            guard !state.isBusy, !state.isClosed, logged > max(self.minimumBytes, state.lastBytes) else {
                return false
            }
            state.isBusy = true
            return true
        }
        guard isDue else { return }
        self.queue.async { self.take(begin) }
    }

    /// Gives up the snapshot that is being taken, and takes no more.
    func close() async {
        self.state.withLock { $0.isClosed = true }
        await withCheckedContinuation { continuation in self.queue.async { continuation.resume() } }
    }

    private var isClosed: Bool { self.state.withLock { $0.isClosed } }

    private func take(_ begin: () -> Pieces?) {
        var bytes = 0
        if !self.isClosed, let pieces = begin() {
            do {
                try self.journal.writeSnapshot(pieces.number) {
                    if self.isClosed { throw CancellationError() }
                    let piece = pieces.next()
                    bytes += piece?.count ?? 0
                    return piece
                }
            } catch is CancellationError {
                // The next process takes one.
            } catch {
                self.logger.error("A snapshot could not be taken", metadata: ["error": "\(error)"])
            }
        }
        let taken = bytes
        self.state.withLock { state in
            state.isBusy = false
            state.lastBytes = taken
        }
    }
}
