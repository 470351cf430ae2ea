public import DistributedCron
import Testing

/// Everything that the protocol `Coordinator` promises, as checks that any coordination service can be put to.
///
/// A service of your own conforms when every check passes. Each check asks for a service of its own on which nobody has
/// registered, stood or published yet (a new prefix or chroot), makes several sessions of it, and loses some of them.
///
/// ```swift
/// @Suite(.timeLimit(.minutes(1))) struct MyCoordinatorTests {
///     @Test(arguments: CoordinatorConformance.Check.allCases)
///     func conforms(to check: CoordinatorConformance.Check) async throws {
///         try await CoordinatorConformance {
///             let server = FakeServer()
///             return .init { MyCoordinator(server) } lose: { session in await server.expire(session) }
///         }.run(check)
///     }
/// }
/// ```
///
/// A change that is never told is waited for until the test's time limit, so give it one.
public struct CoordinatorConformance: Sendable {
    /// A service under test: how to begin and how to lose sessions of it.
    public struct Service: Sendable {
        /// Begins a session, which is connected when it returns.
        public let session: @Sendable () async throws -> any Coordinator
        /// Makes the service end a session, as if it had not heard of its process for too long.
        public let lose: @Sendable (any Coordinator) async throws -> Void

        /// Describes what is under test.
        ///
        /// - Parameters:
        ///   - session: Begins a session of the service, which is connected when it returns.
        ///   - lose: Makes the service end one of these sessions. It returns when both the service and the session's
        ///     own process know.
        public init(
            session: @escaping @Sendable () async throws -> any Coordinator,
            lose: @escaping @Sendable (any Coordinator) async throws -> Void
        ) {
            self.session = session
            self.lose = lose
        }
    }
    private let make: @Sendable () async throws -> Service

    /// Creates the suite for one implementation.
    ///
    /// - Parameter make: Makes a service without sessions.
    public init(_ make: @escaping @Sendable () async throws -> Service) {
        self.make = make
    }

    /// Puts a new service to one check, which reports what it finds as issues of the current test.
    ///
    /// - Parameter check: What to check.
    /// - Throws: What the service throws unexpectedly, or the failure of a condition without which the check is
    ///   pointless.
    public func run(_ check: Check) async throws {
        try await self.run(check, try await self.make())
    }

    // One line for each check; the compiler sees to it that none is forgotten.
    private func run(_ check: Check, _ service: Service) async throws {
        switch check {
        case .newSessionIsConnected: try await self.newSessionIsConnected(service)
        case .lossIsToldAndEndsTheStates: try await self.lossIsToldAndEndsTheStates(service)
        case .lossOfOneSessionLeavesTheOthers: try await self.lossOfOneSessionLeavesTheOthers(service)
        case .lostSessionRefusesEverything: try await self.lostSessionRefusesEverything(service)
        case .streamsOfMembersEndWithTheSession: try await self.streamsOfMembersEndWithTheSession(service)
        case .streamsOfAssignmentsEndWithTheSession: try await self.streamsOfAssignmentsEndWithTheSession(service)
        case .streamsOfChangesEndWithTheSession: try await self.streamsOfChangesEndWithTheSession(service)
        case .waitingReaderIsReleasedByTheLoss: try await self.waitingReaderIsReleasedByTheLoss(service)
        case .firstCandidateLeads: try await self.firstCandidateLeads(service)
        case .candidatesLeadOneAtATimeWithRisingTokens: try await self.candidatesLeadOneAtATimeWithRisingTokens(service)
        case .tokensRiseForTheSameCandidate: try await self.tokensRiseForTheSameCandidate(service)
        case .resignationHandsOver: try await self.resignationHandsOver(service)
        case .resignationEndsStanding: try await self.resignationEndsStanding(service)
        case .cancelledCandidateStandsNoMore: try await self.cancelledCandidateStandsNoMore(service)
        case .lossOfTheLeaderHandsOver: try await self.lossOfTheLeaderHandsOver(service)
        case .lossOfTheOnlyCandidateLeavesNoLeader: try await self.lossOfTheOnlyCandidateLeavesNoLeader(service)
        case .lossEndsStanding: try await self.lossEndsStanding(service)
        case .raceOfLossAndCampaignLeavesNoLeader: try await self.raceOfLossAndCampaignLeavesNoLeader(service)
        case .registrationIsTold: try await self.registrationIsTold(service)
        case .registrationMayBeRepeated: try await self.registrationMayBeRepeated(service)
        case .workerIsRegisteredByOneSession: try await self.workerIsRegisteredByOneSession(service)
        case .raceForAnIdentityHasOneWinner: try await self.raceForAnIdentityHasOneWinner(service)
        case .deregistrationIsTold: try await self.deregistrationIsTold(service)
        case .lossEndsTheRegistration: try await self.lossEndsTheRegistration(service)
        case .raceOfLossAndRegistrationLeavesNoMember: try await self.raceOfLossAndRegistrationLeavesNoMember(service)
        case .raceOfRegistrationsEndsWithAll: try await self.raceOfRegistrationsEndsWithAll(service)
        case .slowReaderSeesTheNewestMembersOnly: try await self.slowReaderSeesTheNewestMembersOnly(service)
        case .drainIsTold: try await self.drainIsTold(service)
        case .drainMayBeRepeated: try await self.drainMayBeRepeated(service)
        case .drainOfAnUnknownWorkerIsRefused: try await self.drainOfAnUnknownWorkerIsRefused(service)
        case .drainIsKeptByANewDescription: try await self.drainIsKeptByANewDescription(service)
        case .drainEndsWithTheRegistration: try await self.drainEndsWithTheRegistration(service)
        case .drainEndsWithTheSession: try await self.drainEndsWithTheSession(service)
        case .drainTellsWhy: try await self.drainTellsWhy(service)
        case .askedDrainOutweighsAStall: try await self.askedDrainOutweighsAStall(service)
        case .drainMayBeRegistered: try await self.drainMayBeRegistered(service)
        case .drainRequestsAreTold: try await self.drainRequestsAreTold(service)
        case .onlyTheLeaderTellsOfAStall: try await self.onlyTheLeaderTellsOfAStall(service)
        case .endOfAStallEndsNoDrainThatCameInBetween: try await self.endOfAStallEndsNoDrainThatCameInBetween(service)
        case .drainOutlivesWhoeverAskedForIt: try await self.drainOutlivesWhoeverAskedForIt(service)
        case .raceOfDrainsEndsAsTheLastSaid: try await self.raceOfDrainsEndsAsTheLastSaid(service)
        case .publishedAssignmentIsTold: try await self.publishedAssignmentIsTold(service)
        case .bigAssignmentIsToldWhole: try await self.bigAssignmentIsToldWhole(service)
        case .earlierLeaderMayNotPublish: try await self.earlierLeaderMayNotPublish(service)
        case .raceOfLeadersEndsWithTheLatest: try await self.raceOfLeadersEndsWithTheLatest(service)
        case .assignmentOutlivesItsLeader: try await self.assignmentOutlivesItsLeader(service)
        case .unpublishedAssignmentIsGone: try await self.unpublishedAssignmentIsGone(service)
        case .signalIsHeardInEverySession: try await self.signalIsHeardInEverySession(service)
        case .signalsThatComeTogetherCountOnce: try await self.signalsThatComeTogetherCountOnce(service)
        case .raceOfSignalsLosesNone: try await self.raceOfSignalsLosesNone(service)
        }
    }

    // MARK: What checks share

    func expectError(
        _ code: CoordinatorError.Code,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async throws {
        let error = await #expect(throws: CoordinatorError.self, sourceLocation: sourceLocation) { try await body() }
        #expect(error?.code == code, sourceLocation: sourceLocation)
    }

    func worker(_ name: String, capacity: Int = 4) -> WorkerDescription {
        WorkerDescription(
            id: WorkerID(rawValue: name),
            host: "\(name).example",
            pools: [.default, PoolID(rawValue: "big")],
            capacity: capacity
        )
    }

    func candidate(_ number: Int) -> ManagerID { ManagerID(rawValue: "m-\(number)") }
}
