public import Testing

extension CoordinatorConformance {
    /// The promises, one check each.
    public enum Check: String, CaseIterable, Sendable {
        // MARK: Sessions
        /// New session is connected.
        case newSessionIsConnected
        /// Loss is told and ends the states.
        case lossIsToldAndEndsTheStates
        /// Loss of one session leaves the others.
        case lossOfOneSessionLeavesTheOthers
        /// Lost session refuses everything.
        case lostSessionRefusesEverything
        /// Streams of members end with the session.
        case streamsOfMembersEndWithTheSession
        /// Streams of assignments end with the session.
        case streamsOfAssignmentsEndWithTheSession
        /// Streams of changes end with the session.
        case streamsOfChangesEndWithTheSession
        /// Waiting reader is released by the loss.
        case waitingReaderIsReleasedByTheLoss

        // MARK: Election
        /// First candidate leads.
        case firstCandidateLeads
        /// Candidates lead one at a time with rising tokens.
        case candidatesLeadOneAtATimeWithRisingTokens
        /// Tokens rise for the same candidate.
        case tokensRiseForTheSameCandidate
        /// Resignation hands over.
        case resignationHandsOver
        /// Resignation ends standing.
        case resignationEndsStanding
        /// Cancelled candidate stands no more.
        case cancelledCandidateStandsNoMore
        /// Loss of the leader hands over.
        case lossOfTheLeaderHandsOver
        /// Loss of the only candidate leaves no leader.
        case lossOfTheOnlyCandidateLeavesNoLeader
        /// Loss ends standing.
        case lossEndsStanding
        /// Race of loss and campaign leaves no leader.
        case raceOfLossAndCampaignLeavesNoLeader

        // MARK: Members
        /// Registration is told.
        case registrationIsTold
        /// Registration may be repeated.
        case registrationMayBeRepeated
        /// Worker is registered by one session.
        case workerIsRegisteredByOneSession
        /// Race for an identity has one winner.
        case raceForAnIdentityHasOneWinner
        /// Deregistration is told.
        case deregistrationIsTold
        /// Loss ends the registration.
        case lossEndsTheRegistration
        /// Race of loss and registration leaves no member.
        case raceOfLossAndRegistrationLeavesNoMember
        /// Race of registrations ends with all.
        case raceOfRegistrationsEndsWithAll
        /// Slow reader sees the newest members only.
        case slowReaderSeesTheNewestMembersOnly

        // MARK: Draining
        /// Drain is told.
        case drainIsTold
        /// Drain may be repeated.
        case drainMayBeRepeated
        /// Drain of an unknown worker is refused.
        case drainOfAnUnknownWorkerIsRefused
        /// Drain is kept by a new description.
        case drainIsKeptByANewDescription
        /// Drain ends with the registration.
        case drainEndsWithTheRegistration
        /// Drain ends with the session.
        case drainEndsWithTheSession
        /// Drain tells why.
        case drainTellsWhy
        /// Asked drain outweighs a stall.
        case askedDrainOutweighsAStall
        /// Drain may be registered.
        case drainMayBeRegistered
        /// Drain requests are told.
        case drainRequestsAreTold
        /// Only the leader tells of a stall.
        case onlyTheLeaderTellsOfAStall
        /// End of a stall ends no drain that came in between.
        case endOfAStallEndsNoDrainThatCameInBetween
        /// Drain outlives whoever asked for it.
        case drainOutlivesWhoeverAskedForIt
        /// Race of drains ends as the last said.
        case raceOfDrainsEndsAsTheLastSaid

        // MARK: Assignments
        /// Published assignment is told.
        case publishedAssignmentIsTold
        /// Big assignment is told whole.
        case bigAssignmentIsToldWhole
        /// Earlier leader may not publish.
        case earlierLeaderMayNotPublish
        /// Race of leaders ends with the latest.
        case raceOfLeadersEndsWithTheLatest
        /// Assignment outlives its leader.
        case assignmentOutlivesItsLeader
        /// Unpublished assignment is gone.
        case unpublishedAssignmentIsGone
        /// Signal is heard in every session.
        case signalIsHeardInEverySession
        /// Signals that come together count once.
        case signalsThatComeTogetherCountOnce
        /// Race of signals loses none.
        case raceOfSignalsLosesNone
    }
}

extension CoordinatorConformance.Check: CustomTestStringConvertible {
    /// The promise in words.
    public var testDescription: String { self.sentence }
}
