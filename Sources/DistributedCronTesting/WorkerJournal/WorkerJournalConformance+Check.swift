public import Testing

extension WorkerJournalConformance {
    /// The promises, one check each.
    public enum Check: String, CaseIterable, Sendable {
        // MARK: Entries
        /// New journal is empty.
        case newJournalIsEmpty
        /// Every kind of fact is read back exactly.
        case everyKindOfFactIsReadBackExactly
        /// Large entries are read back whole.
        case largeEntriesAreReadBackWhole
        /// Appends are read back in order.
        case appendsAreReadBackInOrder
        /// Append of nothing changes nothing.
        case appendOfNothingChangesNothing
        /// Repeated entries do no harm.
        case repeatedEntriesDoNoHarm
        /// Race of appends loses nothing.
        case raceOfAppendsLosesNothing
        /// What was read is read again.
        case whatWasReadIsReadAgain

        // MARK: Retention
        /// Entries of the lifetime are kept.
        case entriesOfTheLifetimeAreKept
        /// Old entries are dropped.
        case oldEntriesAreDropped
        /// Old entry behind a newer one is dropped.
        case oldEntryBehindANewerOneIsDropped
        /// Clock that is set back drops nothing.
        case clockThatIsSetBackDropsNothing
        /// Limit of rows keeps the newest.
        case limitOfRowsKeepsTheNewest
    }
}

extension WorkerJournalConformance.Check: CustomTestStringConvertible {
    /// The promise in words.
    public var testDescription: String { self.sentence }
}
