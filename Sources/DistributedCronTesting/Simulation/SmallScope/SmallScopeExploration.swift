import DistributedCron

/// A small world that is worth exploring, by a name for people.
package struct SmallScopeExploration: Sendable, CustomStringConvertible {
    /// What happens in it.
    package let name: String
    /// What is explored.
    package let scope: SmallScope
    /// At least how many states that is; fewer would mean that something does not happen any more.
    package let states: Int

    package var description: String { self.name }

    fileprivate init(
        _ name: String,
        _ recovery: RecoveryPolicy,
        _ concurrency: ConcurrencyPolicy,
        states: Int,
        _ change: (inout SmallScope) -> Void
    ) {
        self.name = name
        self.states = states
        var scope = SmallScope(recovery, concurrency)
        change(&scope)
        self.scope = scope
    }
}

extension SmallScopeExploration {
    /// Explored in seconds even by a program that was built for debugging: three instants with any fault where runs do not
    /// overlap, and one or two where there is more that can happen in another order.
    package static let quick = [
        Self("three instants and an edit", .rerun, .skip, states: 400) { $0.budget.edits = 1 },
        Self("three instants of runs that overlap", .rerun, .allow, states: 500) { _ in },
        Self("three instants and any fault, without overlap", .rerun, .skip, states: 20_000) { $0.permitAnyFault() },
        Self("two instants and a crash", .rerun, .allow, states: 2_000) {
            $0.instants = 2
            $0.budget.permit(\.crashes)
        },
        Self("a crash around the start of a run that must not start twice", .atMostOnce, .skip, states: 500) {
            $0.instants = 2
            $0.recordsStarts = true
            $0.budget.permit(\.crashes)
        },
        Self("any fault, for a run that must not start twice", .atMostOnce, .allow, states: 200) {
            $0.instants = 1
            $0.permitAnyFault()
        },
        Self("an answer that is lost while runs are tried again", .rerun, .skip, states: 200) {
            $0.instants = 1
            $0.retries = 2
            $0.budget.failures = 2
            $0.budget.permit(\.timeouts)
        },
        Self("a slot that moves while a run is tried again", .rerun, .allow, states: 1_000) {
            $0.instants = 1
            $0.retries = 1
            $0.budget.failures = 1
            $0.budget.permit(\.moves)
        },
        Self("a slot that moves before its owner knows what was written", .atMostOnce, .allow, states: 3_000) {
            $0.instants = 1
            $0.budget.permit(\.timeouts)
            $0.budget.permit(\.moves)
        },
    ]

    /// Three instants, and any fault in any moment, or two where there would be too many states: for a program that was
    /// optimised.
    package static let whole = [
        Self("three instants and any fault, without overlap", .rerun, .skip, states: 20_000) { $0.permitAnyFault() },
        Self("three instants and any fault, overlapping", .rerun, .allow, states: 150_000) { $0.permitAnyFault() },
        Self("three instants and any fault, at most once, without overlap", .atMostOnce, .skip, states: 20_000) {
            $0.permitAnyFault()
        },
        Self("three instants and a crash, at most once, overlapping", .atMostOnce, .allow, states: 150_000) {
            $0.budget.permit(\.crashes)
        },
        Self("three instants and a lost answer, at most once, overlapping", .atMostOnce, .allow, states: 15_000) {
            $0.budget.permit(\.timeouts)
        },
        Self("three instants and a lapse, at most once, overlapping", .atMostOnce, .allow, states: 5_000) {
            $0.budget.permit(\.lapses)
        },
        Self("two instants and a slot that moves, at most once, overlapping", .atMostOnce, .allow, states: 10_000) {
            $0.instants = 2
            $0.budget.permit(\.moves)
        },
        Self("three instants, a crash and an edit", .rerun, .skip, states: 20_000) {
            $0.budget.permit(\.crashes)
            $0.budget.edits = 1
        },
        Self("three instants, a lost answer and an edit", .rerun, .skip, states: 10_000) {
            $0.budget.permit(\.timeouts)
            $0.budget.edits = 1
        },
        Self("two instants, any fault and an edit", .rerun, .skip, states: 10_000) {
            $0.instants = 2
            $0.permitAnyFault()
            $0.budget.edits = 1
        },
        Self("two instants and any two faults, without overlap", .rerun, .skip, states: 20_000) {
            $0.instants = 2
            $0.permitAnyFault()
            $0.permitAnyFault()
        },
    ]
}

extension SmallScope {
    /// One fault more on each path, whichever it is.
    fileprivate mutating func permitAnyFault() {
        self.budget.crashes += 1
        self.budget.lapses += 1
        self.budget.timeouts += 1
        self.budget.moves += 1
        self.budget.faults += 1
    }
}

extension SmallScope.Budget {
    /// One fault of this kind more on each path.
    fileprivate mutating func permit(_ fault: WritableKeyPath<Self, Int>) {
        self[keyPath: fault] += 1
        self.faults += 1
    }
}
