public import Testing

extension AttemptExecutorConformance {
    /// The promises, one check each.
    public enum Check: String, CaseIterable, Sendable {
        // MARK: Outcomes
        /// Exit code is the outcome.
        case exitCodeIsTheOutcome
        /// Signal is the outcome.
        case signalIsTheOutcome
        /// What cannot begin is not started.
        case whatCannotBeginIsNotStarted
        /// Report has the times.
        case reportHasTheTimes
        /// Both streams are kept.
        case bothStreamsAreKept
        /// End of long output is kept.
        case endOfLongOutputIsKept
        /// Output before a timeout is kept.
        case outputBeforeATimeoutIsKept
        /// Output is seen while it runs.
        case outputIsSeenWhileItRuns

        // MARK: Surroundings
        /// Variables of the job are set.
        case variablesOfTheJobAreSet
        /// Variables of the attempt win.
        case variablesOfTheAttemptWin
        /// Working directory is entered.
        case workingDirectoryIsEntered
        /// Missing working directory is not started.
        case missingWorkingDirectoryIsNotStarted
        /// Preparing touches nothing of its own.
        case preparingTouchesNothingOfItsOwn

        // MARK: Being ended
        /// Timeout ends it.
        case timeoutEndsIt
        /// Timeout asks before it kills.
        case timeoutAsksBeforeItKills
        /// Timeout kills what does not listen.
        case timeoutKillsWhatDoesNotListen
        /// No timeout is no limit.
        case noTimeoutIsNoLimit
        /// Cancellation before the start is an end too.
        case cancellationBeforeTheStartIsAnEndToo
        /// Cancellation ends what runs.
        case cancellationEndsWhatRuns
        /// Kill leaves no grace.
        case killLeavesNoGrace
        /// Nothing is left after a timeout.
        case nothingIsLeftAfterATimeout
        /// Nothing is left after the end.
        case nothingIsLeftAfterTheEnd
        /// Attempts run at the same time.
        case attemptsRunAtTheSameTime
    }
}

extension AttemptExecutorConformance.Check: CustomTestStringConvertible {
    /// The promise in words.
    public var testDescription: String { self.sentence }
}
