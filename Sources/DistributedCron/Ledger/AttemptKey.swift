/// The change of one run's owner.
public struct RunAdoption: Sendable, Hashable {
    /// The run as it was when the change was decided.
    public let before: Run
    /// The run as the new owner leaves it.
    public let after: Run

    /// Changes a run's owner.
    public init(before: Run, after: Run) {
        self.before = before
        self.after = after
    }
}

/// One attempt of one run, by one owner of its slot.
public struct AttemptKey: Sendable, Hashable {
    /// The run.
    public let run: RunID
    /// The attempt's number, from 1.
    public let number: Int
    /// The epoch under which it was claimed or adopted: an adopter may launch under the number of the attempt that it
    /// took over, when that cannot have started.
    public let epoch: Epoch

    /// Names an attempt.
    public init(run: RunID, number: Int, epoch: Epoch) {
        self.run = run
        self.number = number
        self.epoch = epoch
    }

    /// The current attempt of a run.
    public init(of run: Run) {
        self.init(run: run.id, number: run.attempt, epoch: run.epoch)
    }

    /// The attempt that a record tells of.
    package init(of attempt: Attempt) {
        self.init(run: attempt.run, number: attempt.number, epoch: attempt.epoch)
    }
}
