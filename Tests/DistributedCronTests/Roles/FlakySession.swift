import DistributedCron
import Foundation

/// A session that lives while its heartbeats fail or hang, and answers to what it publishes are lost, as when the network
/// does.
final class FlakySession: Coordinator {
    /// What becomes of heartbeats.
    enum Line { case open, cut, hanging }
    private struct State {
        var line = Line.open
        var losesAnswers = false
        var hidesMembers = false
        var hidesLeader = false
        var silentSince: Date?
        var hanging: [Bell] = []
        var sent = 0
        var givenUp = 0
    }
    private let state = Lock(State())
    private let counted = Broadcast<Void>(())
    private let silence = Broadcast<[WorkerDescription]>()
    let session: InMemoryCoordinator

    init(_ session: InMemoryCoordinator) { self.session = session }

    var line: Line {
        get { self.state.withLock { $0.line } }
        set { self.state.withLock { $0.line = newValue } }
    }

    /// Whether answers to publications are lost.
    var losesAnswers: Bool {
        get { self.state.withLock { $0.losesAnswers } }
        set { self.state.withLock { $0.losesAnswers = newValue } }
    }

    /// Whether nobody is told who is registered.
    var hidesMembers: Bool {
        get { self.state.withLock { $0.hidesMembers } }
        set { self.state.withLock { $0.hidesMembers = newValue } }
    }

    /// Whether nobody is told who leads.
    var hidesLeader: Bool {
        get { self.state.withLock { $0.hidesLeader } }
        set { self.state.withLock { $0.hidesLeader = newValue } }
    }

    /// Since when nobody is told who leads, because the service is away, which the session knows; nil if it is not.
    var silentSince: Date? {
        get { self.state.withLock { $0.silentSince } }
        set { self.state.withLock { $0.silentSince = newValue } }
    }
    var unansweredSince: Date? { self.silentSince }

    /// Lets the heartbeats that hang be answered.
    func answer() {
        let hanging = self.state.withLock { state in
            defer { state.hanging = [] }
            return state.hanging
        }
        for bell in hanging { bell.ring() }
    }

    /// Waits until so many heartbeats have been sent, and so many of them cancelled.
    func heartbeats(sent: Int, givenUp: Int = 0) async {
        for await _ in self.counted.stream()
        where self.state.withLock({ $0.sent >= sent && $0.givenUp >= givenUp }) { return }
    }

    func heartbeat() async throws {
        let bell = Bell()
        let line = self.state.withLock { state in
            state.sent += 1
            if state.line == .hanging { state.hanging.append(bell) }
            return state.line
        }
        self.counted.send(())
        switch line {
        case .open: break
        case .cut: throw CoordinatorError(.unavailable, message: "the service cannot be reached")
        case .hanging:
            await bell.wait()
            if Task.isCancelled { self.giveUp() }
            try Task.checkCancellation()
        }
        try await self.session.heartbeat()
    }

    private func giveUp() {
        self.state.withLock { $0.givenUp += 1 }
        self.counted.send(())
    }

    func states() -> AsyncStream<SessionState> { self.session.states() }
    func campaign(as candidate: ManagerID) async throws -> LeaderToken {
        try await self.session.campaign(as: candidate)
    }
    func resign() async throws { try await self.session.resign() }
    func leader() async throws -> ManagerID? {
        if self.hidesLeader { await Bell().wait() }
        guard self.silentSince == nil else {
            throw CoordinatorError(.unavailable, message: "the service cannot be reached")
        }
        return try await self.session.leader()
    }
    func register(_ worker: WorkerDescription) async throws { try await self.session.register(worker) }
    func deregister() async throws { try await self.session.deregister() }
    func members() -> AsyncStream<[WorkerDescription]> {
        self.hidesMembers ? self.silence.stream() : self.session.members()
    }
    func setDraining(_ isDraining: Bool, of worker: WorkerID, because reason: DrainReason) async throws {
        try await self.session.setDraining(isDraining, of: worker, because: reason)
    }
    func publish(_ assignment: Assignment, for worker: WorkerID) async throws {
        try await self.session.publish(assignment, for: worker)
        if self.losesAnswers { throw CoordinatorError(.unavailable, message: "the answer was lost") }
    }
    func unpublish(_ worker: WorkerID) async throws { try await self.session.unpublish(worker) }
    func assignments(for worker: WorkerID) -> AsyncStream<Assignment> { self.session.assignments(for: worker) }
    func signalChange() async throws { try await self.session.signalChange() }
    func changes() -> AsyncStream<Void> { self.session.changes() }
}
