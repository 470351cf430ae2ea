public import DistributedCron

/// Everything that the protocol `WorkerJournal` promises, as checks that any journal can be put to.
///
/// A journal of your own conforms when every check passes. Each check asks for an empty journal: a new directory, table
/// or prefix.
///
/// ```swift
/// @Suite(.timeLimit(.minutes(1))) struct MyWorkerJournalTests {
///     @Test(arguments: WorkerJournalConformance.Check.allCases)
///     func conforms(to check: WorkerJournalConformance.Check) async throws {
///         try await WorkerJournalConformance { MyWorkerJournal(maximumRows: $0, wallClock: $1) }.run(check)
///     }
/// }
/// ```
///
/// That what was appended survives the process is for tests of your own, which know how to end it.
public struct WorkerJournalConformance: Sendable {
    private let make: @Sendable (_ maximumRows: Int, _ wallClock: any WallClock) async throws -> any WorkerJournal

    /// Creates the suite for one implementation.
    ///
    /// - Parameter make: Makes an empty journal that keeps so many rows, the newest, and asks a clock how old entries
    ///   are. What a row is may differ between implementations, but each entry has one at least. Only the check of the
    ///   limit appends more entries, runs, attempts and quarters of a kilobyte of output, taken together, than there
    ///   may be rows; a journal that has no limit is not put to that.
    public init(
        _ make: @escaping @Sendable (_ maximumRows: Int, _ wallClock: any WallClock) async throws -> any WorkerJournal
    ) {
        self.make = make
    }

    /// Puts a new journal to one check, which reports what it finds as issues of the current test.
    ///
    /// - Parameter check: What to check.
    /// - Throws: What the journal throws unexpectedly, or the failure of a condition without which the check is
    ///   pointless.
    public func run(_ check: Check) async throws {
        let clock = ManualWallClock()
        let journal = try await self.make(JournalFixture.maximumRows, clock)
        try await self.run(check, JournalFixture(journal: journal, clock: clock))
    }

    // One line for each check; the compiler sees to it that none is forgotten.
    private func run(_ check: Check, _ fixture: JournalFixture) async throws {
        switch check {
        case .newJournalIsEmpty: try await self.newJournalIsEmpty(fixture)
        case .everyKindOfFactIsReadBackExactly: try await self.everyKindOfFactIsReadBackExactly(fixture)
        case .largeEntriesAreReadBackWhole: try await self.largeEntriesAreReadBackWhole(fixture)
        case .appendsAreReadBackInOrder: try await self.appendsAreReadBackInOrder(fixture)
        case .appendOfNothingChangesNothing: try await self.appendOfNothingChangesNothing(fixture)
        case .repeatedEntriesDoNoHarm: try await self.repeatedEntriesDoNoHarm(fixture)
        case .raceOfAppendsLosesNothing: try await self.raceOfAppendsLosesNothing(fixture)
        case .whatWasReadIsReadAgain: try await self.whatWasReadIsReadAgain(fixture)
        case .entriesOfTheLifetimeAreKept: try await self.entriesOfTheLifetimeAreKept(fixture)
        case .oldEntriesAreDropped: try await self.oldEntriesAreDropped(fixture)
        case .oldEntryBehindANewerOneIsDropped: try await self.oldEntryBehindANewerOneIsDropped(fixture)
        case .clockThatIsSetBackDropsNothing: try await self.clockThatIsSetBackDropsNothing(fixture)
        case .limitOfRowsKeepsTheNewest: try await self.limitOfRowsKeepsTheNewest(fixture)
        }
    }
}
