public import DistributedCron

/// Everything that the protocol `JobStore` promises, as checks that any store can be put to.
///
/// A store of your own conforms when every check passes. Each check asks for a store of its own, which has to be empty:
/// a new database, schema or prefix. The store takes its time from the wall clock that it is handed; a store that has a
/// clock of its own has to be told to use this one, for the checks move it.
///
/// ```swift
/// @Suite struct MyJobStoreTests {
///     @Test(arguments: JobStoreConformance.Check.allCases)
///     func conforms(to check: JobStoreConformance.Check) async throws {
///         try await JobStoreConformance { MyJobStore(wallClock: $0) }.run(check)
///     }
/// }
/// ```
///
/// The number of slots is the store's choice; at least 4 are needed. Some checks race many tasks against each other,
/// for which a store behind a network needs a few connections to be worth something. A check that waits for what never
/// comes waits for ever, so give the test a time limit.
public struct JobStoreConformance: Sendable {
    private let make: @Sendable (any WallClock) async throws -> any JobStore

    /// Creates the suite for one implementation.
    ///
    /// - Parameter make: Makes an empty store of an initialised cluster that takes its time from a wall clock.
    public init(_ make: @escaping @Sendable (any WallClock) async throws -> any JobStore) {
        self.make = make
    }

    /// Puts a new store to one check, which reports what it finds as issues of the current test.
    ///
    /// - Parameter check: What to check.
    /// - Throws: What the store throws unexpectedly, or the failure of a condition without which the check is pointless.
    public func run(_ check: Check) async throws {
        let fixture = try await LedgerFixture(self.make)
        try await self.run(check, fixture)
    }

    // One line for each check; the compiler sees to it that none is forgotten.
    private func run(_ check: Check, _ fixture: LedgerFixture) async throws {
        switch check {
        case .clusterStaysTheSame: try await self.clusterStaysTheSame(fixture)
        case .clockIsTheStoresOwn: try await self.clockIsTheStoresOwn(fixture)
        case .createdJobIsStored: try await self.createdJobIsStored(fixture)
        case .definitionIsStoredWhole: try await self.definitionIsStoredWhole(fixture)
        case .firstVersionBeginsAtTheNextWholeSecond: try await self.firstVersionBeginsAtTheNextWholeSecond(fixture)
        case .firstVersionBeginsAfterTheWatermark: try await self.firstVersionBeginsAfterTheWatermark(fixture)
        case .creationRaisesTheRevision: try await self.creationRaisesTheRevision(fixture)
        case .identityIsTakenOnce: try await self.identityIsTakenOnce(fixture)
        case .nameIsTakenOnce: try await self.nameIsTakenOnce(fixture)
        case .nameIsFreeAgainAfterRemoval: try await self.nameIsFreeAgainAfterRemoval(fixture)
        case .unknownJobIsNotThere: try await self.unknownJobIsNotThere(fixture)
        case .removalEndsTheVersion: try await self.removalEndsTheVersion(fixture)
        case .removalComesAfterTheWatermark: try await self.removalComesAfterTheWatermark(fixture)
        case .removalOfANewJobLeavesNoInstant: try await self.removalOfANewJobLeavesNoInstant(fixture)
        case .removalTwiceChangesNothing: try await self.removalTwiceChangesNothing(fixture)
        case .removalLetsRunsEnd: try await self.removalLetsRunsEnd(fixture)
        case .jobsAreListedInTheOrderOfTheirIdentities: try await self.jobsAreListedInTheOrderOfTheirIdentities(fixture)
        case .purgedJobIsGone: try await self.purgedJobIsGone(fixture)
        case .purgeLeavesWhatIsNotOver: try await self.purgeLeavesWhatIsNotOver(fixture)
        case .purgeForgetsWhatEndedLongAgo: try await self.purgeForgetsWhatEndedLongAgo(fixture)
        case .requestedRunIsPending: try await self.requestedRunIsPending(fixture)
        case .requestOfAnUnknownJobIsNotFound: try await self.requestOfAnUnknownJobIsNotFound(fixture)
        case .requestOfARemovedJobIsRefused: try await self.requestOfARemovedJobIsRefused(fixture)
        case .backfilledRunsArePending: try await self.backfilledRunsArePending(fixture)
        case .repeatedBackfillAsksForNothingTwice: try await self.repeatedBackfillAsksForNothingTwice(fixture)
        case .backfillIsRecognisedWhileSomeOfItIsKept:
            try await self.backfillIsRecognisedWhileSomeOfItIsKept(fixture)
        case .backfillIsAskedForWholeOrNotAtAll: try await self.backfillIsAskedForWholeOrNotAtAll(fixture)
        case .backfilledRunsLeaveRoomForRequests: try await self.backfilledRunsLeaveRoomForRequests(fixture)
        case .removalCancelsPendingRuns: try await self.removalCancelsPendingRuns(fixture)
        case .overlappingRequestIsRefused: try await self.overlappingRequestIsRefused(fixture)
        case .overlappingRequestIsAddedWherePermitted: try await self.overlappingRequestIsAddedWherePermitted(fixture)
        case .requestOfAnExhaustedJobIsRun: try await self.requestOfAnExhaustedJobIsRun(fixture)
        case .runsAreListedNewestFirst: try await self.runsAreListedNewestFirst(fixture)
        case .gapsAreListedNewestFirst: try await self.gapsAreListedNewestFirst(fixture)
        case .attemptsAreListedOldestFirst: try await self.attemptsAreListedOldestFirst(fixture)
        case .artifactsOfJobsAndAttemptsAreListed: try await self.artifactsOfJobsAndAttemptsAreListed(fixture)
        case .slotsBeginUnowned: try await self.slotsBeginUnowned(fixture)
        case .assignmentRaisesEpochs: try await self.assignmentRaisesEpochs(fixture)
        case .assignmentToTheSameOwnerRaisesTheEpoch: try await self.assignmentToTheSameOwnerRaisesTheEpoch(fixture)
        case .earlierLeaderIsFenced: try await self.earlierLeaderIsFenced(fixture)
        case .contentsOfAnUnknownSlotAreNotFound: try await self.contentsOfAnUnknownSlotAreNotFound(fixture)
        case .contentsAreIncremental: try await self.contentsAreIncremental(fixture)
        case .contentsArePaged: try await self.contentsArePaged(fixture)
        case .contentsHoldEveryOpenRun: try await self.contentsHoldEveryOpenRun(fixture)
        case .contentsFromZeroLeaveOutWhatIsOver: try await self.contentsFromZeroLeaveOutWhatIsOver(fixture)
        case .contentsHoldARemovedJobUntilItIsAccountedFor:
            try await self.contentsHoldARemovedJobUntilItIsAccountedFor(fixture)
        case .contentsSayWhatIsExhausted: try await self.contentsSayWhatIsExhausted(fixture)
        case .workerIsConfirmed: try await self.workerIsConfirmed(fixture)
        case .revokedWorkerIsNotConfirmed: try await self.revokedWorkerIsNotConfirmed(fixture)
        case .revocationSaysHowLongAWorkerMayGoOn: try await self.revocationSaysHowLongAWorkerMayGoOn(fixture)
        case .revocationOfManyAnswersForEach: try await self.revocationOfManyAnswersForEach(fixture)
        case .revocationOfAnEarlierLeaderIsFenced: try await self.revocationOfAnEarlierLeaderIsFenced(fixture)
        case .confirmedWorkersAreListedUntilTheyAreRevokedOrItIsOver:
            try await self.confirmedWorkersAreListedUntilTheyAreRevokedOrItIsOver(fixture)
        case .raceOfConfirmationAndRevocationHasOneOutcome:
            try await self.raceOfConfirmationAndRevocationHasOneOutcome(fixture)
        case .claimMovesTheWatermarkAndAddsRows: try await self.claimMovesTheWatermarkAndAddsRows(fixture)
        case .claimWithoutRowsMovesTheWatermark: try await self.claimWithoutRowsMovesTheWatermark(fixture)
        case .claimMayBeASecondAhead: try await self.claimMayBeASecondAhead(fixture)
        case .claimTakesPendingRuns: try await self.claimTakesPendingRuns(fixture)
        case .claimOfManySlotsJudgesEachByItself: try await self.claimOfManySlotsJudgesEachByItself(fixture)
        case .claimOfNothingAnswersNothing: try await self.claimOfNothingAnswersNothing(fixture)
        case .claimByAnotherWorkerIsRefused: try await self.claimByAnotherWorkerIsRefused(fixture)
        case .claimUnderAnotherEpochIsRefused: try await self.claimUnderAnotherEpochIsRefused(fixture)
        case .claimAtAnotherRevisionIsRefused: try await self.claimAtAnotherRevisionIsRefused(fixture)
        case .claimFromAnotherWatermarkIsRefused: try await self.claimFromAnotherWatermarkIsRefused(fixture)
        case .claimOfTheFutureIsRefused: try await self.claimOfTheFutureIsRefused(fixture)
        case .claimIntoThePastIsRefused: try await self.claimIntoThePastIsRefused(fixture)
        case .claimOfAnUnownedSlotIsRefused: try await self.claimOfAnUnownedSlotIsRefused(fixture)
        case .claimAfterTheSlotMovedIsRefused: try await self.claimAfterTheSlotMovedIsRefused(fixture)
        case .claimAfterAChangeIsRefused: try await self.claimAfterAChangeIsRefused(fixture)
        case .claimRepeatedIsRefused: try await self.claimRepeatedIsRefused(fixture)
        case .claimOfARunThatIsNotPendingIsRefused: try await self.claimOfARunThatIsNotPendingIsRefused(fixture)
        case .claimOfAnEarlierAttemptIsRefused: try await self.claimOfAnEarlierAttemptIsRefused(fixture)
        case .adoptedRunIsTheHeirs: try await self.adoptedRunIsTheHeirs(fixture)
        case .adoptedRunMayBeLost: try await self.adoptedRunMayBeLost(fixture)
        case .adoptionNeedsTheSlot: try await self.adoptionNeedsTheSlot(fixture)
        case .adoptionNeedsRunsAsTheyWere: try await self.adoptionNeedsRunsAsTheyWere(fixture)
        case .takenOverAttemptGoesOn: try await self.takenOverAttemptGoesOn(fixture)
        case .takingOverNeedsThePredecessorsAttempt: try await self.takingOverNeedsThePredecessorsAttempt(fixture)
        case .takingOverTwiceChangesNothing: try await self.takingOverTwiceChangesNothing(fixture)
        case .takenOverRunIsNotAdoptedFromThePredecessor:
            try await self.takenOverRunIsNotAdoptedFromThePredecessor(fixture)
        case .adoptedRunIsNotTakenOver: try await self.adoptedRunIsNotTakenOver(fixture)
        case .oneOfTakingOverAndAdoptingWins: try await self.oneOfTakingOverAndAdoptingWins(fixture)
        case .supersededAttemptIsHistoryOnly: try await self.supersededAttemptIsHistoryOnly(fixture)
        case .endOfAForgottenClaimIsNotRecorded: try await self.endOfAForgottenClaimIsNotRecorded(fixture)
        case .restorationPutsBackWhatIsMissing: try await self.restorationPutsBackWhatIsMissing(fixture)
        case .restorationMovesRunsForwardAndNeverBack: try await self.restorationMovesRunsForwardAndNeverBack(fixture)
        case .restorationNeedsTheSlotAsItWas: try await self.restorationNeedsTheSlotAsItWas(fixture)
        case .restorationLeavesOutWhatTheStoreDoesNotKnow:
            try await self.restorationLeavesOutWhatTheStoreDoesNotKnow(fixture)
        case .revisionsFollowTheStoresClock: try await self.revisionsFollowTheStoresClock(fixture)
        case .startingIsMarkedOnce: try await self.startingIsMarkedOnce(fixture)
        case .startingNeedsAClaimedAttempt: try await self.startingNeedsAClaimedAttempt(fixture)
        case .startingNeedsTheEpochOfTheClaim: try await self.startingNeedsTheEpochOfTheClaim(fixture)
        case .startIsRecorded: try await self.startIsRecorded(fixture)
        case .startOfAnotherAttemptIsIgnored: try await self.startOfAnotherAttemptIsIgnored(fixture)
        case .endIsRecorded: try await self.endIsRecorded(fixture)
        case .endWithoutAStartIsRecorded: try await self.endWithoutAStartIsRecorded(fixture)
        case .repeatedRecordChangesNothing: try await self.repeatedRecordChangesNothing(fixture)
        case .exhaustedJobFinishes: try await self.exhaustedJobFinishes(fixture)
        case .failureIsAnErrorUntilASuccess: try await self.failureIsAnErrorUntilASuccess(fixture)
        case .manualRunCountsForTheStatus: try await self.manualRunCountsForTheStatus(fixture)
        case .refusedAndCancelledRunsLeaveTheStatus: try await self.refusedAndCancelledRunsLeaveTheStatus(fixture)
        case .oneOfManyClaimersWins: try await self.oneOfManyClaimersWins(fixture)
        case .oneOfManyTakersOfAPendingRunWins: try await self.oneOfManyTakersOfAPendingRunWins(fixture)
        case .oneOfManyOverlappingRequestsIsAdded: try await self.oneOfManyOverlappingRequestsIsAdded(fixture)
        case .oneOfManyCreationsOfANameSucceeds: try await self.oneOfManyCreationsOfANameSucceeds(fixture)
        case .raceOfCreationsAndClaimsLosesNoInstant: try await self.raceOfCreationsAndClaimsLosesNoInstant(fixture)
        case .raceOfRemovalAndRetryLeavesNothingPending:
            try await self.raceOfRemovalAndRetryLeavesNothingPending(fixture)
        case .oneOfManyMarksWins: try await self.oneOfManyMarksWins(fixture)
        case .oneOfManyHeirsAdopts: try await self.oneOfManyHeirsAdopts(fixture)
        case .updateBeginsAVersion: try await self.updateBeginsAVersion(fixture)
        case .updateComesAfterTheWatermark: try await self.updateComesAfterTheWatermark(fixture)
        case .updateOfAnotherVersionIsRefused: try await self.updateOfAnotherVersionIsRefused(fixture)
        case .updateWithoutAChangeMakesNoVersion: try await self.updateWithoutAChangeMakesNoVersion(fixture)
        case .updateNeedsALivingJob: try await self.updateNeedsALivingJob(fixture)
        case .updateOfAnExhaustedJobSchedulesItAgain: try await self.updateOfAnExhaustedJobSchedulesItAgain(fixture)
        case .versionEndsWithItsLastRun: try await self.versionEndsWithItsLastRun(fixture)
        case .pauseIsOneGap: try await self.pauseIsOneGap(fixture)
        case .idempotentCreationIsRecognised: try await self.idempotentCreationIsRecognised(fixture)
        case .failedCreationKeepsNoKey: try await self.failedCreationKeepsNoKey(fixture)
        case .repeatedTriggerNeedsTheSameRequest: try await self.repeatedTriggerNeedsTheSameRequest(fixture)
        case .pendingRunIsCancelledAtOnce: try await self.pendingRunIsCancelledAtOnce(fixture)
        case .runInProgressIsAskedToEnd: try await self.runInProgressIsAskedToEnd(fixture)
        case .claimCancelsWhatItReplaces: try await self.claimCancelsWhatItReplaces(fixture)
        case .retriedRunIsPendingAgain: try await self.retriedRunIsPendingAgain(fixture)
        case .lapsedRunIsPendingAgain: try await self.lapsedRunIsPendingAgain(fixture)
        case .runOfARemovedJobIsNotRetried: try await self.runOfARemovedJobIsNotRetried(fixture)
        case .workersOfOpenRunsAreKnown: try await self.workersOfOpenRunsAreKnown(fixture)
        case .jobsAreFiltered: try await self.jobsAreFiltered(fixture)
        case .runsAreFiltered: try await self.runsAreFiltered(fixture)
        case .statisticsCountEndedRuns: try await self.statisticsCountEndedRuns(fixture)
        }
    }
}
