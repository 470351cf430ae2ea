import Dispatch
import DistributedCron
import DistributedCronTesting
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Simulated clusters: few and short ones; `Scripts/simulate` has the many and long ones.
@Suite("Simulated clusters")
struct SimulationTests {
    private static let hours = 0.1

    /// What comes of some seeds, in their order.
    private static func outcomes(
        _ seeds: ClosedRange<UInt64>,
        hours: Double = Self.hours,
        simulation: (@Sendable (SimulationPlan) -> Simulation)? = nil
    ) async -> [Simulation.Outcome] {
        let outcomes = Lock<[Simulation.Outcome]>([])
        let runner = SimulationRunner(seeds, threadCount: 2) { seed in
            let plan = SimulationPlan(seed: seed, hours: hours, mode: seed.isMultiple(of: 2) ? .safety : .liveness)
            return simulation?(plan) ?? Simulation(plan)
        }
        await runner.run { outcome in outcomes.withLock { $0.append(outcome) } }
        return outcomes.withLock { $0 }
    }

    @Test("A handful of seeds in both modes has no violation, and each a schedule of its own")
    func nothingIsViolated() async {
        let outcomes = await Self.outcomes(1...8)
        #expect(outcomes.map(\.plan.seed) == Array(1...8))
        #expect(Set(outcomes.map(\.traceHash)).count == outcomes.count)
        #expect(outcomes.reduce(0) { $0 + $1.instants } > 0)
        #expect(outcomes.reduce(0) { $0 + $1.executions } > 0)
        // Where nothing goes wrong, nothing is shown: it does in several ways, even in so short a time.
        #expect(Set(outcomes.flatMap(\.faults.keys)).count >= 5)
        for outcome in outcomes {
            let replay: Comment = "Scripts/simulate --seed \(outcome.plan.seed) --hours \(Self.hours) --trace"
            #expect(outcome.violations == [], replay)
        }
    }

    @Test("The same seed does the same again, also when somebody reads along")
    func seedsReplay() async {
        let hours = 0.05
        let first = await Self.outcomes(4...5, hours: hours)
        let second = await Self.outcomes(4...5, hours: hours)
        let read = await Self.outcomes(4...5, hours: hours) { Simulation($0, isTracing: true, isRecording: true) }
        for (index, outcome) in first.enumerated() {
            for other in [second[index], read[index]] {
                #expect(other.traceHash == outcome.traceHash)
                #expect(other.steps == outcome.steps)
                #expect(other.instants == outcome.instants)
                #expect(other.faults == outcome.faults)
            }
            #expect(outcome.history.isEmpty)
            #expect(outcome.records.isEmpty)
            #expect(!read[index].history.isEmpty)
        }
    }

    @Test("The history for a checker has the promises, the executions and the end")
    func historyIsRecorded() async {
        let outcomes = await Self.outcomes(2...2) { Simulation($0, isRecording: true) }
        for outcome in outcomes {
            #expect(outcome.records.contains { $0.contains("\"type\":\"job\"") })
            #expect(outcome.records.contains { $0.contains("\"type\":\"run\"") })
            #expect(outcome.records.last?.contains("\"type\":\"read\"") == true)
            #expect(outcome.records.allSatisfy { (try? JSONDecoder().decode(Line.self, from: Data($0.utf8))) != nil })
        }
    }

    private struct Line: Decodable { var type: String }

    @Test("What does not run on the engine is noticed, and fails the simulation")
    func escapesAreNoticed() {
        let engine = SimulationEngine(seed: 1)
        let ending = engine.run {
            for _ in 1...3 { try? await engine.sleep(for: .seconds(1)) }
        }
        #expect(ending == .over)
        #expect(engine.escapes == 0)
        let escaping = SimulationEngine(seed: 1)
        _ = escaping.run {
            // As code does that has threads of its own.
            await Self.offTheEngine { _ = escaping.now }
        }
        #expect(escaping.escapes > 0)
        let plan = SimulationPlan(seed: 2, hours: 0.01, mode: .safety, only: [])
        let simulated = SimulationEngine(seed: plan.seed)
        let outcome = Simulation(plan).run(on: simulated) { await Self.offTheEngine { _ = simulated.now } }
        #expect(outcome.violations.map(\.invariant) == ["determinism"])
    }

    /// Does something on a thread of its own, and spins until that has happened: the engine has nothing else to do
    /// meanwhile, and the pool's other threads may all be at work.
    private static func offTheEngine(_ body: @escaping @Sendable () -> Void) async {
        let isDone = Broadcast(false)
        DispatchQueue(label: "off the engine").async {
            body()
            isDone.send(true)
        }
        while isDone.value == false { await Task.yield() }
    }

    @Test("Where nothing is left that could happen, the engine says so")
    func standstillIsNoticed() {
        let engine = SimulationEngine(seed: 1)
        let bell = Bell()
        let ending = engine.run { await bell.wait() }
        #expect(ending == .standstill)
        bell.ring()
    }

    @Test("Where time does not move on any more, the engine gives up, and the simulation fails")
    func spinningIsNoticed() {
        let limit = 1_000
        let engine = SimulationEngine(seed: 1, stepLimit: limit)
        // As many steps in all are no reason to give up, and neither are some at each moment.
        let ending = engine.run {
            for _ in 1...limit {
                await Task.yield()
                try? await engine.sleep(for: .seconds(1))
            }
        }
        #expect(ending == .over)
        #expect(engine.steps > limit)
        let timers = SimulationEngine(seed: 1, stepLimit: limit)
        let endless = timers.run {
            while true { try? await timers.sleep(for: .zero) }
        }
        #expect(endless == .spinning)
        // As a role does that looks again at once when it has found nothing.
        let plan = SimulationPlan(seed: 2, hours: Self.hours, mode: .safety)
        let outcome = Simulation(plan).run(on: SimulationEngine(seed: plan.seed, stepLimit: limit)) {
            while true { await Task.yield() }
        }
        #expect(outcome.violations.map(\.invariant) == ["V13 convergence"])
        #expect(outcome.violations.first?.detail.contains("without a wait") == true)
    }

    @Test("While a machine is suspended, its boot-time clock goes on and its monotonic one stands still")
    func clocksOfAMachine() {
        let engine = SimulationEngine(seed: 1)
        let suspended = SuspendedTime()
        let boot = SimulatedClock(engine: engine)
        let monotonic = SimulatedClock(engine: engine, suspended: suspended)
        let ends = Lock<[Duration]>([])
        let ending = engine.run {
            async let bootEnd = Self.end(of: .seconds(10), on: boot, engine)
            async let monotonicEnd = Self.end(of: .seconds(10), on: monotonic, engine)
            // Suspended from the third to the seventh second.
            try? await engine.sleep(for: .seconds(7))
            suspended.add(.seconds(4))
            let found = await [bootEnd, monotonicEnd]
            ends.withLock { $0 = found }
        }
        #expect(ending == .over)
        #expect(ends.withLock { $0 } == [.seconds(10), .seconds(14)])
        #expect(boot.now.duration(to: monotonic.now) == .seconds(-4))
    }

    /// When a wait on a clock ends, in the engine's time.
    private static func end(of wait: Duration, on clock: SimulatedClock, _ engine: SimulationEngine) async -> Duration {
        try? await clock.sleep(for: wait)
        return engine.now
    }

    @Test("A machine's civil time may be off, and jump")
    func civilTimeOfAMachine() {
        let engine = SimulationEngine(seed: 1)
        let origin = Date(timeIntervalSince1970: 1_774_745_100)
        let wallClock = SimulatedWallClock(engine: engine, origin: origin)
        _ = engine.run { try? await engine.sleep(for: .seconds(5)) }
        #expect(wallClock.now == origin + 5)
        wallClock.offset = .seconds(-90)
        #expect(wallClock.now == origin - 85)
        wallClock.offset = .zero
        #expect(wallClock.now == origin + 5)
    }
}
