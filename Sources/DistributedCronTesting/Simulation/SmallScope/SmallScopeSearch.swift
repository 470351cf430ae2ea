package import DistributedCron

extension SmallScope {
    /// What a search has found.
    package struct Result: Sendable {
        /// How many different states were reached.
        package var states = 0
        /// How many steps led from one of them to another.
        package var steps = 0
        /// In how many of them nothing is left to be done.
        package var done = 0
        /// How often each kind of thing happened.
        package var occurrences: [String: Int] = [:]
        /// How the runs ended, over all the states in which nothing is left to be done.
        package var ends: Set<RunState> = []
        /// The broken promise, if one is.
        package var violation: SmallScopeViolation?
        /// The shortest way to it.
        package var trace: [String] = []
    }

    /// Goes through every state that can be reached, the nearest first, until a promise is broken.
    ///
    /// In each state the safety of the step is checked. At the end it is checked that from each state, without any more
    /// faults, a state can be reached in which nothing is left to be done.
    ///
    /// - Returns: How much was explored, and the broken promise if there is one.
    /// - Throws: What keeps the small world from being made.
    package func search() throws -> Result {
        var result = Result()
        let start = try SmallScopeWorld(self)
        var numbers: [SmallScopeWorld: Int32] = [start: 0]
        var frontier = [start]
        /// From which state each was reached first, and by what.
        var origins: [(state: Int32, action: SmallScopeAction)?] = [nil]
        /// The steps that need no fault, by the states that they lead to.
        var sources: [[Int32]] = [[]]
        var done: [Int32] = []
        var next = 0
        while next < frontier.count {
            let world = frontier[next]
            let number = Int32(next)
            next += 1
            if world.isDone {
                done.append(number)
                result.ends.formUnion(world.row?.runs.map(\.run.state) ?? [])
            }
            for (action, isOptional) in world.actions {
                result.steps += 1
                result.occurrences[action.name, default: 0] += 1
                let successor: SmallScopeWorld
                do {
                    successor = try world.after(action)
                } catch let violation as SmallScopeViolation {
                    result.violation = violation
                    result.states = numbers.count
                    result.trace = Self.trace(to: number, origins) + ["\(action)"]
                    return result
                }
                var target = Int32(frontier.count)
                if let known = numbers[successor] {
                    target = known
                } else {
                    numbers[successor] = target
                    frontier.append(successor)
                    origins.append((number, action))
                    sources.append([])
                }
                if !isOptional, target != number { sources[Int(target)].append(number) }
            }
            if numbers.count > self.stateLimit {
                result.violation = SmallScopeViolation(
                    invariant: "limit",
                    detail: "more than \(self.stateLimit) states"
                )
                break
            }
        }
        result.states = numbers.count
        result.done = done.count
        guard result.violation == nil else { return result }
        if let stuck = Self.firstStuck(sources, done: done) {
            result.violation = SmallScopeViolation(invariant: "V9", detail: "what is left to do is never done")
            result.trace = Self.trace(to: stuck, origins)
        }
        return result
    }

    private static func trace(to state: Int32, _ origins: [(state: Int32, action: SmallScopeAction)?]) -> [String] {
        var trace: [String] = []
        var state = state
        while let origin = origins[Int(state)] {
            trace.append("\(origin.action)")
            state = origin.state
        }
        return trace.reversed()
    }

    /// The nearest state from which no step leads towards the end.
    private static func firstStuck(_ sources: [[Int32]], done: [Int32]) -> Int32? {
        var isGood = [Bool](repeating: false, count: sources.count)
        var waiting = done
        for state in done { isGood[Int(state)] = true }
        while let state = waiting.popLast() {
            for source in sources[Int(state)] where !isGood[Int(source)] {
                isGood[Int(source)] = true
                waiting.append(source)
            }
        }
        return isGood.firstIndex(of: false).map { Int32($0) }
    }
}

extension SmallScopeAction {
    /// The kind, without the place.
    var name: String { String("\(self)".prefix { $0 != "(" }) }
}
