import DistributedCron
import Logging

/// One run of a simulated cluster: a value that follows from its plan.
package struct Simulation: Sendable {
    /// What came of a simulation.
    package struct Outcome: Sendable {
        package var plan: SimulationPlan
        package var violations: [Violation]
        /// Stands for everything that happened.
        package var traceHash: UInt64
        package var instants: Int
        package var executions: Int
        package var steps: Int
        package var faults: [FaultKind: Int]
        /// How much time passed in the simulation.
        package var elapsed: Duration
        /// The readable history, if it was asked for.
        package var history: [String]
        /// The history for a checker, one JSON object each, if it was asked for.
        package var records: [String]
    }

    let plan: SimulationPlan
    let isTracing: Bool
    let isRecording: Bool

    /// - Parameters:
    ///   - plan: What to simulate.
    ///   - isTracing: Whether to keep a readable history.
    ///   - isRecording: Whether to write a history for a checker.
    package init(_ plan: SimulationPlan, isTracing: Bool = false, isRecording: Bool = false) {
        self.plan = plan
        self.isTracing = isTracing
        self.isRecording = isRecording
    }

    /// Runs it on the calling thread, which is busy until it is over.
    package func run() -> Outcome { self.run(on: SimulationEngine(seed: self.plan.seed)) {} }

    /// Runs it on the calling thread, which has made the engine.
    ///
    /// - Parameters:
    ///   - engine: Where it runs.
    ///   - first: What is done there before all else: what must not be done, to see that it is noticed.
    /// - Returns: What came of it.
    package func run(on engine: SimulationEngine, after first: @escaping @Sendable () async -> Void) -> Outcome {
        let judge = Judge(
            engine: engine,
            origin: self.plan.origin,
            capacity: self.plan.capacity,
            isTracing: self.isTracing
        )
        let faults = FaultSwitches(engine: engine)
        let isTracing = self.isTracing
        var logger = Logger(label: "simulation") { _ -> any LogHandler in
            isTracing ? TraceLogHandler(judge: judge) : SwiftLogNoOpLogHandler()
        }
        logger.logLevel = self.isTracing ? .debug : .critical
        let cluster = SimulatedCluster(engine: engine, plan: self.plan, judge: judge, faults: faults, logger: logger)
        let end = Lock<End?>(nil)
        let ending = engine.run {
            await first()
            await self.operate(cluster)
            let count = await judge.account()
            await judge.checkPromises()
            judge.checkRequests()
            judge.checkOutcomes()
            // Before the records are made, because making them takes steps, and the hash must not depend on who asks.
            end.withLock { $0 = End(instants: count, traceHash: engine.traceHash, steps: engine.steps) }
            guard self.isRecording else { return }
            let records = await judge.records()
            end.withLock { $0?.records = records }
        }
        let known = end.withLock { $0 } ?? End(traceHash: engine.traceHash, steps: engine.steps)
        switch ending {
        case .over: break
        case .standstill: judge.violated("V13 convergence", "everything waits for something that never happens")
        case .spinning: judge.violated("V13 convergence", "something goes on and on without a wait, and time does not")
        }
        if engine.escapes > 0 {
            judge.violated("determinism", "\(engine.escapes) uses of the engine came from elsewhere")
        }
        return Outcome(
            plan: self.plan,
            violations: judge.violations,
            traceHash: known.traceHash,
            instants: known.instants,
            executions: judge.executionCount,
            steps: known.steps,
            faults: faults.counts,
            elapsed: engine.now,
            history: judge.history,
            records: known.records
        )
    }

    /// What is known at the end, and only there.
    private struct End: Sendable {
        var instants = 0
        var traceHash: UInt64
        var steps: Int
        var records: [String] = []
    }

    private func operate(_ cluster: SimulatedCluster) async {
        let engine = cluster.engine
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await cluster.run() }
            await withTaskGroup(of: Void.self) { disturbance in
                disturbance.addTask { await Workload(cluster: cluster, plan: self.plan).run() }
                disturbance.addTask { await Nemesis(cluster: cluster, plan: self.plan).run() }
                try? await engine.sleep(for: .seconds(self.plan.hours * 3_600))
                disturbance.cancelAll()
            }
            cluster.heal()
            if self.plan.mode == .liveness { try? await cluster.recover(self.plan) }
            group.cancelAll()
        }
    }
}
