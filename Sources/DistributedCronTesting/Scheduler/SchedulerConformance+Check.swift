public import Testing

extension SchedulerConformance {
    /// The promises, one check each.
    public enum Check: String, CaseIterable, Sendable {
        // MARK: Wakeups
        /// Wakes at each armed instant.
        case wakesAtEachArmedInstant
        /// Wakes for what is armed while it runs.
        case wakesForWhatIsArmedWhileItRuns
        /// Does not wake before the instant.
        case doesNotWakeBeforeTheInstant
        /// Does not wake before it runs.
        case doesNotWakeBeforeItRuns
        /// Does not wake with nothing armed.
        case doesNotWakeWithNothingArmed
        /// Instants of one moment count once.
        case instantsOfOneMomentCountOnce
        /// Replaced schedule wakes no more.
        case replacedScheduleWakesNoMore
        /// Dropped schedule wakes no more beside a kept one.
        case droppedScheduleWakesNoMoreBesideAKeptOne
        /// Replaced schedule wakes no more beside its replacement.
        case replacedScheduleWakesNoMoreBesideItsReplacement
        /// Replacement wakes instead.
        case replacementWakesInstead
        /// Kept schedule wakes on.
        case keptScheduleWakesOn
        /// Arming again changes nothing.
        case armingAgainChangesNothing
        /// Arming every minute does not put off.
        case armingEveryMinuteDoesNotPutOff
        /// Slow listener is woken once.
        case slowListenerIsWokenOnce
        /// Cancellation ends it.
        case cancellationEndsIt
        /// Graceful shutdown ends it.
        case gracefulShutdownEndsIt
    }
}

extension SchedulerConformance.Check: CustomTestStringConvertible {
    /// The promise in words.
    public var testDescription: String { self.sentence }
}
