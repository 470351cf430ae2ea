import DistributedCron

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One machine of a simulated cluster, with the one process that it is there for.
final class SimulatedNode: Sendable {
    enum Role: String, Sendable { case server, manager, worker }

    private struct State {
        var process: SimulatedProcess?
        var isSuspended = false
        var isDown = false
        var isDiskFull = false
        var shutDown: (@Sendable () -> Void)?
        var isLeaving = false
    }
    let name: String
    let role: Role
    let engine: SimulationEngine
    let wallClock: SimulatedWallClock
    let clock: SimulatedClock
    let suspended = SuspendedTime()
    let journal: InMemoryWorkerJournal
    let processes: ProcessTable
    let toStore: Link
    let toEnsemble: Link
    let toArtifacts: Link
    private let judge: Judge
    private let state = Lock(State())

    init(
        name: String,
        role: Role,
        engine: SimulationEngine,
        origin: Date,
        faults: FaultSwitches,
        judge: Judge
    ) {
        self.name = name
        self.role = role
        self.engine = engine
        self.judge = judge
        self.wallClock = SimulatedWallClock(engine: engine, origin: origin)
        self.clock = SimulatedClock(engine: engine)
        self.journal = InMemoryWorkerJournal(wallClock: self.wallClock)
        self.processes = ProcessTable(engine: engine, faults: faults, judge: judge)
        self.toStore = Link(engine: engine, faults: faults)
        self.toEnsemble = Link(engine: engine, faults: faults)
        self.toArtifacts = Link(engine: engine, faults: faults)
    }

    var links: [Link] { [self.toStore, self.toEnsemble, self.toArtifacts] }

    /// The process that runs, if one does.
    var process: SimulatedProcess? { self.state.withLock { $0.process } }

    func begin(_ process: SimulatedProcess, shutDown: @escaping @Sendable () -> Void) {
        let isSuspended = self.state.withLock { state in
            state.process = process
            state.shutDown = shutDown
            state.isLeaving = false
            return state.isSuspended
        }
        if isSuspended { process.executor.pause() }
    }

    func end(_ process: SimulatedProcess) {
        self.state.withLock { state in
            guard state.process === process else { return }
            state.process = nil
            state.shutDown = nil
            state.isLeaving = false
        }
    }

    var isDown: Bool { self.state.withLock { $0.isDown } }
    var isSuspended: Bool { self.state.withLock { $0.isSuspended } }

    /// Whether nothing can be written to the disk.
    var isDiskFull: Bool {
        get { self.state.withLock { $0.isDiskFull } }
        set { self.state.withLock { $0.isDiskFull = newValue } }
    }

    // MARK: Faults

    /// Power is lost: what ran is gone.
    func crash() {
        self.state.withLock { $0.isDown = true }
        self.process?.kill()
        self.processes.lose()
    }

    /// Power is back.
    func boot() { self.state.withLock { $0.isDown = false } }

    /// The machine stands still.
    func suspend() {
        self.state.withLock { $0.isSuspended = true }
        self.process?.executor.pause()
        self.processes.freeze()
        self.judge.froze(self.name)
    }

    /// The machine goes on.
    func wake(after duration: Duration) {
        self.state.withLock { $0.isSuspended = false }
        self.suspended.add(duration)
        self.processes.thaw()
        self.judge.thawed(self.name)
        self.process?.executor.resume()
    }

    /// Asks the process to end in good order.
    func shutDown() {
        let shutDown = self.state.withLock { state in
            state.isLeaving = state.shutDown != nil
            return state.shutDown
        }
        shutDown?()
    }

    /// Whether the process was asked to end in good order, and has not ended yet.
    var isLeaving: Bool { self.state.withLock { $0.isLeaving } }
}
