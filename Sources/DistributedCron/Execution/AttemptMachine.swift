/// Decides what happens to an attempt's processes, and how the attempt ended.
///
/// Pure: events go in, effects come out, and nothing else. The attempt is over when its main process has ended and
/// nothing of its process group is left. Whatever outlives a main process that ended by itself has no claim to go on
/// and is killed; after a time-out or a cancellation the rest of the group keeps the rest of the grace. An attempt that
/// is killed has no grace, or none any more.
///
/// The first cause decides: a process that had ended before its time-out was judged has not timed out, and one that
/// exits with 0 because a time-out asked it to has.
struct AttemptMachine: Hashable, Sendable {
    /// What can happen.
    enum Event: Hashable, Sendable {
        case timeoutPassed
        case cancelled
        case killed
        case gracePassed
        case processEnded(ProcessEnd)
        case groupEmptied
    }

    /// What is to be done, in this order.
    enum Effect: Hashable, Sendable {
        /// Ask every process of the group to end.
        case terminateGroup
        /// Begin the grace, after which `gracePassed` is due.
        case startGrace
        /// End every process of the group.
        case killGroup
        /// Begin to look whether anything is left of the group, until `groupEmptied` is due.
        case awaitGroupEnd
        /// Report the outcome; nothing else follows.
        case finish(AttemptOutcome)
    }

    private enum State: Hashable {
        case running
        case stopping(AttemptOutcome)
        case killing(AttemptOutcome)
        case clearing(AttemptOutcome, isKilled: Bool)
        case finished
    }

    private var state = State.running

    /// Whether the group has been killed, so that what is still there is dying or cannot be killed.
    var hasKilled: Bool {
        switch self.state {
        case .running, .stopping, .clearing(_, isKilled: false): false
        case .killing, .clearing(_, isKilled: true), .finished: true
        }
    }

    /// Whether the main process is not known to have ended.
    var isProcessAlive: Bool {
        switch self.state {
        case .running, .stopping, .killing: true
        case .clearing, .finished: false
        }
    }

    /// Takes note of an event; one that has no meaning any more has no effects.
    mutating func handle(_ event: Event) -> [Effect] {
        switch (self.state, event) {
        case (.running, .timeoutPassed): self.stop(as: .timedOut)
        case (.running, .cancelled): self.stop(as: .cancelled)
        case (.running, .killed): self.enter(.killing(.cancelled), [.killGroup])
        case (.running, .processEnded(let end)):
            self.enter(.clearing(AttemptOutcome(end), isKilled: true), [.killGroup, .awaitGroupEnd])
        case (.stopping(let outcome), .gracePassed), (.stopping(let outcome), .killed):
            self.enter(.killing(outcome), [.killGroup])
        case (.stopping(let outcome), .processEnded):
            self.enter(.clearing(outcome, isKilled: false), [.awaitGroupEnd])
        case (.killing(let outcome), .processEnded):
            self.enter(.clearing(outcome, isKilled: true), [.awaitGroupEnd])
        case (.clearing(let outcome, isKilled: false), .gracePassed),
            (.clearing(let outcome, isKilled: false), .killed):
            self.enter(.clearing(outcome, isKilled: true), [.killGroup])
        case (.clearing(let outcome, _), .groupEmptied):
            self.enter(.finished, [.finish(outcome)])
        default: []
        }
    }

    private mutating func stop(as outcome: AttemptOutcome) -> [Effect] {
        self.enter(.stopping(outcome), [.terminateGroup, .startGrace])
    }

    private mutating func enter(_ state: State, _ effects: [Effect]) -> [Effect] {
        self.state = state
        return effects
    }
}

/// How a process ended.
enum ProcessEnd: Hashable, Sendable {
    case exited(Int32)
    case signaled(Int32)
}

extension AttemptOutcome {
    fileprivate init(_ end: ProcessEnd) {
        switch end {
        case .exited(let code): self = .exited(code)
        case .signaled(let number): self = .signaled(number)
        }
    }
}
