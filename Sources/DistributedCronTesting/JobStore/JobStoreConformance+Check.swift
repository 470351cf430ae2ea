public import Testing

extension JobStoreConformance {
    /// The promises, one check each.
    public enum Check: String, CaseIterable, Sendable {
        // MARK: Jobs
        /// Cluster stays the same.
        case clusterStaysTheSame
        /// Clock is the stores own.
        case clockIsTheStoresOwn
        /// Created job is stored.
        case createdJobIsStored
        /// Definition is stored whole.
        case definitionIsStoredWhole
        /// First version begins at the next whole second.
        case firstVersionBeginsAtTheNextWholeSecond
        /// First version begins after the watermark.
        case firstVersionBeginsAfterTheWatermark
        /// Creation raises the revision.
        case creationRaisesTheRevision
        /// Identity is taken once.
        case identityIsTakenOnce
        /// Name is taken once.
        case nameIsTakenOnce
        /// Name is free again after removal.
        case nameIsFreeAgainAfterRemoval
        /// Unknown job is not there.
        case unknownJobIsNotThere
        /// Removal ends the version.
        case removalEndsTheVersion
        /// Removal comes after the watermark.
        case removalComesAfterTheWatermark
        /// Removal of a new job leaves no instant.
        case removalOfANewJobLeavesNoInstant
        /// Removal twice changes nothing.
        case removalTwiceChangesNothing
        /// Removal lets runs end.
        case removalLetsRunsEnd
        /// Purged job is gone.
        case purgedJobIsGone
        /// Purge leaves what is not over.
        case purgeLeavesWhatIsNotOver
        /// A run that ended long ago is forgotten with its attempts, and what its job has come to is not.
        case purgeForgetsWhatEndedLongAgo
        /// Jobs are listed in the order of their identities.
        case jobsAreListedInTheOrderOfTheirIdentities

        // MARK: Runs
        /// Requested run is pending.
        case requestedRunIsPending
        /// Request of an unknown job is not found.
        case requestOfAnUnknownJobIsNotFound
        /// Request of a removed job is refused.
        case requestOfARemovedJobIsRefused
        /// Backfilled runs are pending, all of them, and account for nothing.
        case backfilledRunsArePending
        /// Repeated backfill asks for nothing twice.
        case repeatedBackfillAsksForNothingTwice
        case backfillIsRecognisedWhileSomeOfItIsKept
        /// Backfill is asked for whole or not at all.
        case backfillIsAskedForWholeOrNotAtAll
        /// Backfilled runs leave room for requests.
        case backfilledRunsLeaveRoomForRequests
        /// Removal cancels pending runs.
        case removalCancelsPendingRuns
        /// Overlapping request is refused.
        case overlappingRequestIsRefused
        /// Overlapping request is added where permitted.
        case overlappingRequestIsAddedWherePermitted
        /// Request of an exhausted job is run.
        case requestOfAnExhaustedJobIsRun
        /// Runs are listed newest first.
        case runsAreListedNewestFirst
        /// Gaps are listed newest first.
        case gapsAreListedNewestFirst
        /// Attempts are listed oldest first.
        case attemptsAreListedOldestFirst
        /// Artifacts of jobs and attempts are listed.
        case artifactsOfJobsAndAttemptsAreListed

        // MARK: Slots
        /// Slots begin unowned.
        case slotsBeginUnowned
        /// Assignment raises epochs.
        case assignmentRaisesEpochs
        /// Assignment to the same owner raises the epoch.
        case assignmentToTheSameOwnerRaisesTheEpoch
        /// Earlier leader is fenced.
        case earlierLeaderIsFenced
        /// Contents of an unknown slot are not found.
        case contentsOfAnUnknownSlotAreNotFound
        /// Contents are incremental.
        case contentsAreIncremental
        /// Contents are paged.
        case contentsArePaged
        /// Contents hold every open run.
        case contentsHoldEveryOpenRun
        /// Contents from zero leave out what is over.
        case contentsFromZeroLeaveOutWhatIsOver
        /// Contents hold a removed job until it is accounted for.
        case contentsHoldARemovedJobUntilItIsAccountedFor
        /// Contents say what is exhausted.
        case contentsSayWhatIsExhausted

        // MARK: Claims
        /// Claim moves the watermark and adds rows.
        case claimMovesTheWatermarkAndAddsRows
        /// Claim without rows moves the watermark.
        case claimWithoutRowsMovesTheWatermark
        /// Claim may be a second ahead.
        case claimMayBeASecondAhead
        /// Claim takes pending runs.
        case claimTakesPendingRuns
        /// Claim of many slots judges each by itself.
        case claimOfManySlotsJudgesEachByItself
        /// Claim of nothing answers nothing.
        case claimOfNothingAnswersNothing
        /// Claim by another worker is refused.
        case claimByAnotherWorkerIsRefused
        /// Claim under another epoch is refused.
        case claimUnderAnotherEpochIsRefused
        /// Claim at another revision is refused.
        case claimAtAnotherRevisionIsRefused
        /// Claim from another watermark is refused.
        case claimFromAnotherWatermarkIsRefused
        /// Claim of the future is refused.
        case claimOfTheFutureIsRefused
        /// Claim into the past is refused.
        case claimIntoThePastIsRefused
        /// Claim of an unowned slot is refused.
        case claimOfAnUnownedSlotIsRefused
        /// Claim after the slot moved is refused.
        case claimAfterTheSlotMovedIsRefused
        /// Claim after a change is refused.
        case claimAfterAChangeIsRefused
        /// Claim repeated is refused.
        case claimRepeatedIsRefused
        /// Claim of a run that is not pending is refused.
        case claimOfARunThatIsNotPendingIsRefused
        /// Claim of an earlier attempt is refused.
        case claimOfAnEarlierAttemptIsRefused

        // MARK: Adoption
        /// Adopted run is the heirs.
        case adoptedRunIsTheHeirs
        /// Adopted run may be lost.
        case adoptedRunMayBeLost
        /// Adoption needs the slot.
        case adoptionNeedsTheSlot
        /// Adoption needs runs as they were.
        case adoptionNeedsRunsAsTheyWere
        /// Superseded attempt is history only.
        case supersededAttemptIsHistoryOnly

        // MARK: Taking over
        /// Attempt that is taken over is the same attempt of another worker.
        case takenOverAttemptGoesOn
        /// Taking over needs the predecessors attempt.
        case takingOverNeedsThePredecessorsAttempt
        /// Taking over twice changes nothing.
        case takingOverTwiceChangesNothing
        /// What was taken over is not adopted from the predecessor.
        case takenOverRunIsNotAdoptedFromThePredecessor
        /// What was adopted is not taken over.
        case adoptedRunIsNotTakenOver
        /// One of taking over and adopting wins.
        case oneOfTakingOverAndAdoptingWins

        // MARK: Restoring
        /// Restoration puts back what is missing.
        case restorationPutsBackWhatIsMissing
        /// Restoration moves runs forward and never back.
        case restorationMovesRunsForwardAndNeverBack
        /// Restoration needs the slot as it was.
        case restorationNeedsTheSlotAsItWas
        /// Restoration leaves out what the store does not know.
        case restorationLeavesOutWhatTheStoreDoesNotKnow
        /// End of an attempt whose claim is forgotten is not recorded.
        case endOfAForgottenClaimIsNotRecorded
        /// Revisions follow the stores clock.
        case revisionsFollowTheStoresClock

        // MARK: Attempts
        /// Starting is marked once.
        case startingIsMarkedOnce
        /// Starting needs a claimed attempt.
        case startingNeedsAClaimedAttempt
        /// Starting needs the epoch of the claim.
        case startingNeedsTheEpochOfTheClaim
        /// Start is recorded.
        case startIsRecorded
        /// Start of another attempt is ignored.
        case startOfAnotherAttemptIsIgnored
        /// End is recorded.
        case endIsRecorded
        /// End without a start is recorded.
        case endWithoutAStartIsRecorded
        /// Repeated record changes nothing.
        case repeatedRecordChangesNothing
        /// Exhausted job finishes.
        case exhaustedJobFinishes
        /// Failure is an error until a success.
        case failureIsAnErrorUntilASuccess
        /// Manual run counts for the status.
        case manualRunCountsForTheStatus
        /// Refused and cancelled runs leave the status.
        case refusedAndCancelledRunsLeaveTheStatus

        // MARK: Races
        /// One of many claimers wins.
        case oneOfManyClaimersWins
        /// One of many takers of a pending run wins.
        case oneOfManyTakersOfAPendingRunWins
        /// One of many overlapping requests is added.
        case oneOfManyOverlappingRequestsIsAdded
        /// One of many creations of a name succeeds.
        case oneOfManyCreationsOfANameSucceeds
        /// Race of creations and claims loses no instant.
        case raceOfCreationsAndClaimsLosesNoInstant
        /// Race of removal and retry leaves nothing pending.
        case raceOfRemovalAndRetryLeavesNothingPending
        /// One of many marks wins.
        case oneOfManyMarksWins
        /// One of many heirs adopts.
        case oneOfManyHeirsAdopts

        // MARK: Versions
        /// Update begins a version.
        case updateBeginsAVersion
        /// Update comes after the watermark.
        case updateComesAfterTheWatermark
        /// Update of another version is refused.
        case updateOfAnotherVersionIsRefused
        /// Update without a change makes no version.
        case updateWithoutAChangeMakesNoVersion
        /// Update needs a living job.
        case updateNeedsALivingJob
        /// Update of an exhausted job schedules it again.
        case updateOfAnExhaustedJobSchedulesItAgain
        /// Version ends with its last run.
        case versionEndsWithItsLastRun
        /// Pause is one gap.
        case pauseIsOneGap
        /// Idempotent creation is recognised.
        case idempotentCreationIsRecognised
        /// Failed creation keeps no key.
        case failedCreationKeepsNoKey
        /// Repeated trigger needs the same request.
        case repeatedTriggerNeedsTheSameRequest

        // MARK: Confirmations
        /// Worker is confirmed.
        case workerIsConfirmed
        /// Revoked worker is not confirmed.
        case revokedWorkerIsNotConfirmed
        /// Revocation says how long a worker may go on.
        case revocationSaysHowLongAWorkerMayGoOn
        /// Revocation of many answers for each.
        case revocationOfManyAnswersForEach
        /// Revocation of an earlier leader is fenced.
        case revocationOfAnEarlierLeaderIsFenced
        /// Confirmed workers are listed until they are revoked or it is over.
        case confirmedWorkersAreListedUntilTheyAreRevokedOrItIsOver
        /// Race of confirmation and revocation has one outcome.
        case raceOfConfirmationAndRevocationHasOneOutcome

        // MARK: Cancelling and looking for
        /// Pending run is cancelled at once.
        case pendingRunIsCancelledAtOnce
        /// Run in progress is asked to end.
        case runInProgressIsAskedToEnd
        /// Claim cancels what it replaces.
        case claimCancelsWhatItReplaces
        /// Retried run is pending again.
        case retriedRunIsPendingAgain
        /// Lapsed run is pending again.
        case lapsedRunIsPendingAgain
        /// Run of a removed job is not retried.
        case runOfARemovedJobIsNotRetried
        /// Workers of open runs are known.
        case workersOfOpenRunsAreKnown
        /// Jobs are filtered.
        case jobsAreFiltered
        /// Runs are filtered.
        case runsAreFiltered
        /// Statistics count ended runs.
        case statisticsCountEndedRuns
    }
}

extension JobStoreConformance.Check: CustomTestStringConvertible {
    /// The promise in words.
    public var testDescription: String { self.sentence }
}
