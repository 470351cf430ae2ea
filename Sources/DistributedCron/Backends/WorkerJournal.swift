#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A node's own small record of what its workers have claimed and executed: the second witness beside the store.
///
/// Stores have been seen to forget their last commits. A worker that has written down what it was permitted and what it
/// did notices that, does not do it twice, and puts it back. What has ended while the store could not be reached
/// survives the worker here as well.
///
/// The journal is the node's and outlives each worker: the next one reads what the last one wrote. One worker uses it at
/// a time. Only what it appends costs anything: two entries for each claim, and two for the ends that are recorded
/// together. An implementation may join what is appended concurrently into one write.
public protocol WorkerJournal: Sendable {
    /// Writes entries at the end of the journal, all of them or a part from the first on.
    ///
    /// What was appended is durable when this returns. Repeating entries does no harm.
    ///
    /// - Parameter entries: What has happened, in its order.
    /// - Throws: What kept the journal from being written. The worker claims nothing then, launches nothing that this
    ///   call would have permitted, and tries again. ``JournalError`` with code `failed` from a journal that will never
    ///   accept anything again: its worker leaves then, so that others take its slots.
    func append(_ entries: [WorkerJournalEntry]) async throws

    /// The entries of the last ``WorkerJournalEntry/lifetime``, oldest first.
    ///
    /// Read when a worker starts, and when the store seems to have forgotten something.
    ///
    /// - Throws: What kept the journal from being read.
    func entries() async throws -> [WorkerJournalEntry]
}

/// One thing that a worker writes down.
public struct WorkerJournalEntry: Sendable, Hashable {
    /// What there is to write down.
    public enum Fact: Sendable, Hashable {
        /// A claim was committed, with which the slot came to this claim sequence.
        case claimed(SlotClaim, sequence: UInt64)
        /// Runs were found claimed under the worker, in a slot in this state, that it had not launched: an adoption was
        /// committed, or a claim of which the answer was lost.
        case adopted([Run], in: Slot)
        /// Attempts may be launched from now on.
        case launching([AttemptKey])
        /// Attempts that an earlier worker has left running are the worker's, and are gone on with from now on.
        case takenOver([AttemptKey], by: WorkerID)
        /// An attempt has ended, and is to be recorded in the store.
        case ended(Attempt)
        /// The ends of attempts are recorded in the store.
        case recorded([AttemptKey])
    }

    /// How long entries are of use.
    public static let lifetime: TimeInterval = 48 * 3_600

    /// When it happened, by the node's clock.
    public let date: Date
    /// What happened.
    public let fact: Fact

    /// Writes something down.
    public init(date: Date, fact: Fact) {
        self.date = date
        self.fact = fact
    }
}
