public import Testing

extension TaskQueueConformance {
    /// The promises, one check each.
    public enum Check: String, CaseIterable, Sendable {
        // MARK: Queues
        /// Workers are listed in order.
        case workersAreListedInOrder
        /// Opening twice changes nothing.
        case openingTwiceChangesNothing
        /// Closing removes the queue.
        case closingRemovesTheQueue
        /// Closing ends the sequences.
        case closingEndsTheSequences
        /// Absent queue is not found.
        case absentQueueIsNotFound
        /// Full queue takes all or nothing.
        case fullQueueTakesAllOrNothing
        /// Full receiver moves nothing.
        case fullReceiverMovesNothing
        /// Race for the last places keeps the bound.
        case raceForTheLastPlacesKeepsTheBound

        // MARK: Tasks
        /// Tasks keep their order and content.
        case tasksKeepTheirOrderAndContent
        /// Repeated task is left as it is.
        case repeatedTaskIsLeftAsItIs
        /// Task repeated in one call is added once.
        case taskRepeatedInOneCallIsAddedOnce
        /// Same task may go to two workers.
        case sameTaskMayGoToTwoWorkers
        /// Sequence delivers what is there then what comes.
        case sequenceDeliversWhatIsThereThenWhatComes
        /// Race of tasks and their sequence delivers each once.
        case raceOfTasksAndTheirSequenceDeliversEachOnce
        /// Tasks survive their consumer.
        case tasksSurviveTheirConsumer
        /// Completed tasks are gone.
        case completedTasksAreGone
        /// Completion of absent tasks succeeds.
        case completionOfAbsentTasksSucceeds
        /// Moved tasks come to the end.
        case movedTasksComeToTheEnd
        /// Move leaves out absent tasks.
        case moveLeavesOutAbsentTasks
        /// Move to the same queue loses nothing.
        case moveToTheSameQueueLosesNothing
        /// Move of a task that is there already leaves one.
        case moveOfATaskThatIsThereAlreadyLeavesOne
        /// Race of moves leaves each task in one queue.
        case raceOfMovesLeavesEachTaskInOneQueue
    }
}

extension TaskQueueConformance.Check: CustomTestStringConvertible {
    /// The promise in words.
    public var testDescription: String { self.sentence }
}
