public import DistributedCron

/// Everything that the protocol `TaskQueue` promises, as checks that any queue can be put to.
///
/// A queue service of your own conforms when every check passes. Each check asks for a service of its own without
/// queues: a new database, prefix or chroot.
///
/// ```swift
/// @Suite(.timeLimit(.minutes(1))) struct MyTaskQueueTests {
///     @Test(arguments: TaskQueueConformance.Check.allCases)
///     func conforms(to check: TaskQueueConformance.Check) async throws {
///         try await TaskQueueConformance { MyTaskQueue(maximumTasks: $0) }.run(check)
///     }
/// }
/// ```
///
/// A task that is never delivered is waited for until the test's time limit, so give it one.
public struct TaskQueueConformance: Sendable {
    private let make: @Sendable (_ maximumTasks: Int) async throws -> any TaskQueue

    /// Creates the suite for one implementation.
    ///
    /// - Parameter make: Makes a service without queues, of which each may hold so many tasks.
    public init(_ make: @escaping @Sendable (_ maximumTasks: Int) async throws -> any TaskQueue) {
        self.make = make
    }

    /// Puts a new service to one check, which reports what it finds as issues of the current test.
    ///
    /// - Parameter check: What to check.
    /// - Throws: What the service throws unexpectedly, or the failure of a condition without which the check is
    ///   pointless.
    public func run(_ check: Check) async throws {
        let fixture = QueueFixture(queue: try await self.make(QueueFixture.maximumTasks))
        for worker in [fixture.first, fixture.second] { try await fixture.queue.open(worker) }
        try await self.run(check, fixture)
    }

    // One line for each check; the compiler sees to it that none is forgotten.
    private func run(_ check: Check, _ fixture: QueueFixture) async throws {
        switch check {
        case .workersAreListedInOrder: try await self.workersAreListedInOrder(fixture)
        case .openingTwiceChangesNothing: try await self.openingTwiceChangesNothing(fixture)
        case .closingRemovesTheQueue: try await self.closingRemovesTheQueue(fixture)
        case .closingEndsTheSequences: try await self.closingEndsTheSequences(fixture)
        case .absentQueueIsNotFound: try await self.absentQueueIsNotFound(fixture)
        case .fullQueueTakesAllOrNothing: try await self.fullQueueTakesAllOrNothing(fixture)
        case .fullReceiverMovesNothing: try await self.fullReceiverMovesNothing(fixture)
        case .raceForTheLastPlacesKeepsTheBound: try await self.raceForTheLastPlacesKeepsTheBound(fixture)
        case .tasksKeepTheirOrderAndContent: try await self.tasksKeepTheirOrderAndContent(fixture)
        case .repeatedTaskIsLeftAsItIs: try await self.repeatedTaskIsLeftAsItIs(fixture)
        case .taskRepeatedInOneCallIsAddedOnce: try await self.taskRepeatedInOneCallIsAddedOnce(fixture)
        case .sameTaskMayGoToTwoWorkers: try await self.sameTaskMayGoToTwoWorkers(fixture)
        case .sequenceDeliversWhatIsThereThenWhatComes: try await self.sequenceDeliversWhatIsThereThenWhatComes(fixture)
        case .raceOfTasksAndTheirSequenceDeliversEachOnce:
            try await self.raceOfTasksAndTheirSequenceDeliversEachOnce(fixture)
        case .tasksSurviveTheirConsumer: try await self.tasksSurviveTheirConsumer(fixture)
        case .completedTasksAreGone: try await self.completedTasksAreGone(fixture)
        case .completionOfAbsentTasksSucceeds: try await self.completionOfAbsentTasksSucceeds(fixture)
        case .movedTasksComeToTheEnd: try await self.movedTasksComeToTheEnd(fixture)
        case .moveLeavesOutAbsentTasks: try await self.moveLeavesOutAbsentTasks(fixture)
        case .moveToTheSameQueueLosesNothing: try await self.moveToTheSameQueueLosesNothing(fixture)
        case .moveOfATaskThatIsThereAlreadyLeavesOne: try await self.moveOfATaskThatIsThereAlreadyLeavesOne(fixture)
        case .raceOfMovesLeavesEachTaskInOneQueue: try await self.raceOfMovesLeavesEachTaskInOneQueue(fixture)
        }
    }
}
