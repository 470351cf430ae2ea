import DistributedCron
import Logging
import ServiceLifecycle
import ServiceLifecycleTestKit

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A whole cluster in one process: its services, its machines, and the real roles on them.
final class SimulatedCluster: Sendable {
    /// How long the operating system waits before it starts a process again.
    private static let restartPause = Duration.seconds(1)...Duration.seconds(5)
    static let storeTimeout = Duration.seconds(10)
    static let ensembleTimeout = Duration.seconds(10)
    private static let artifactTimeout = Duration.seconds(30)
    /// How long the attempts of a worker that is shut down may go on before they are ended.
    static let drainTimeout = Duration.seconds(30)

    let engine: SimulationEngine
    let faults: FaultSwitches
    let judge: Judge
    let store: StoreService
    let ensemble: CoordinationService
    let artifacts = InMemoryArtifactStore()
    let artifactServer: SimulatedServer
    let nodes: [SimulatedNode]
    let origin: Date
    /// When the last recovery that was judged was over.
    let recoveredAt = Lock(Duration.zero)
    private let plan: SimulationPlan
    private let logger: Logger
    private let servers = Lock<[String: SimulatedAPIServer]>([:])
    private let starts = AsyncStream.makeStream(of: SimulatedNode.self)

    init(engine: SimulationEngine, plan: SimulationPlan, judge: Judge, faults: FaultSwitches, logger: Logger) {
        self.engine = engine
        self.faults = faults
        self.judge = judge
        self.plan = plan
        self.origin = plan.origin
        let storeClock = SimulatedWallClock(engine: engine, origin: plan.origin)
        let identities = IdentitySource(engine.draw { SeededGenerator(seed: $0.next()) })
        let store = InMemoryJobStore(
            slotCount: plan.slotCount,
            historyLimit: 1_000_000,
            totalLimit: 10_000_000,
            identities: identities,
            wallClock: storeClock
        )
        judge.watch(store)
        self.store = StoreService(store: store, wallClock: storeClock, engine: engine, faults: faults, judge: judge)
        self.ensemble = CoordinationService(engine: engine, faults: faults)
        judge.watch(self.ensemble)
        self.artifactServer = SimulatedServer(faults: faults)
        self.logger = logger
        let roles: [(SimulatedNode.Role, Int)] = [
            (.server, plan.servers), (.manager, plan.managers), (.worker, plan.workers),
        ]
        self.nodes = roles.flatMap { role, count in
            (1...count).map { number in
                SimulatedNode(
                    name: "\(role.rawValue)-\(number)",
                    role: role,
                    engine: engine,
                    origin: plan.origin,
                    faults: faults,
                    judge: judge
                )
            }
        }
    }

    var workers: [SimulatedNode] { self.nodes.filter { $0.role == .worker } }

    /// An API server that is up, if there is one.
    func server(_ number: Int) -> SimulatedAPIServer? { self.servers.withLock { $0["server-\(number)"] } }

    // MARK: Running

    /// Runs the services and starts every machine; returns when cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.store.server.run() }
            group.addTask { await self.ensemble.server.run() }
            group.addTask { await self.artifactServer.run() }
            for node in self.nodes { self.starts.continuation.yield(node) }
            for await node in self.starts.stream { group.addTask { await self.operate(node) } }
            group.cancelAll()
        }
        self.ensemble.forgetAll()
    }

    /// Runs a machine's process once, and has it started again later.
    private func operate(_ node: SimulatedNode) async {
        if node.isDown || node.isSuspended {
            try? await self.engine.sleep(for: .seconds(1))
        } else {
            let process = SimulatedProcess(name: node.name, engine: self.engine)
            await process.live {
                await testGracefulShutdown { trigger in
                    node.begin(process) { trigger.triggerGracefulShutdown() }
                    await self.work(node, process)
                }
            }
            // Whatever it had left open ends with it.
            process.kill()
            node.end(process)
            self.servers.withLock { if node.role == .server { $0[node.name] = nil } }
            try? await self.engine.sleep(for: self.engine.duration(Self.restartPause))
        }
        if !Task.isCancelled { self.starts.continuation.yield(node) }
    }

    private func work(_ node: SimulatedNode, _ process: SimulatedProcess) async {
        let parts = Parts(self, node, process)
        do {
            switch node.role {
            case .server: await self.serve(node, parts)
            case .manager: try await self.manager(node, parts).run()
            case .worker: try await self.worker(node, process, parts).run()
            }
        } catch {
            self.judge.trace { "\(node.name): its process ended: \(error)" }
        }
    }

    /// What a process talks to the services with.
    private struct Parts {
        let store: SimulatedJobStore
        let coordinator: SimulatedCoordinator
        let queue: SimulatedTaskQueue
        let artifacts: SimulatedArtifactStore

        init(_ cluster: SimulatedCluster, _ node: SimulatedNode, _ process: SimulatedProcess) {
            func wire(_ link: Link, _ server: SimulatedServer, _ timeout: Duration) -> Wire {
                Wire(
                    engine: cluster.engine,
                    faults: cluster.faults,
                    process: process,
                    link: link,
                    server: server,
                    timeout: timeout
                )
            }
            let ensemble = cluster.ensemble
            let toEnsemble = wire(node.toEnsemble, ensemble.server, SimulatedCluster.ensembleTimeout)
            let session = ensemble.session(process: process, link: node.toEnsemble)
            self.store = SimulatedJobStore(
                wire: wire(node.toStore, cluster.store.server, SimulatedCluster.storeTimeout),
                service: cluster.store
            )
            self.coordinator = SimulatedCoordinator(
                wire: toEnsemble,
                service: ensemble,
                session: session,
                judge: cluster.judge
            )
            self.queue = SimulatedTaskQueue(
                wire: toEnsemble,
                service: ensemble,
                session: session,
                judge: cluster.judge
            )
            self.artifacts = SimulatedArtifactStore(
                wire: wire(node.toArtifacts, cluster.artifactServer, SimulatedCluster.artifactTimeout),
                store: cluster.artifacts
            )
        }
    }

    private func identities() -> IdentitySource {
        IdentitySource(self.engine.draw { SeededGenerator(seed: $0.next()) })
    }

    private func serve(_ node: SimulatedNode, _ parts: Parts) async {
        let service = JobService(
            store: parts.store,
            artifacts: parts.artifacts,
            coordinator: parts.coordinator,
            identities: self.identities(),
            clock: node.clock
        )
        let server = SimulatedAPIServer(service: service, server: SimulatedServer(faults: self.faults))
        self.servers.withLock { $0[node.name] = server }
        try? await untilGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await server.server.run() }
                // A server that has lost its session begins again with another.
                group.addTask {
                    for await state in parts.coordinator.states() where state == .lost { return }
                    if !parts.coordinator.session.isLost { await parts.coordinator.session.waitUntilLost() }
                }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func manager(_ node: SimulatedNode, _ parts: Parts) -> Manager {
        Manager(
            id: self.identities().managerID(),
            store: parts.store,
            queue: parts.queue,
            coordinator: parts.coordinator,
            clock: node.clock,
            logger: self.logger(of: node)
        )
    }

    private func worker(_ node: SimulatedNode, _ process: SimulatedProcess, _ parts: Parts) -> Worker {
        var configuration = WorkerConfiguration(capacity: self.plan.capacity)
        configuration.drainTimeout = Self.drainTimeout
        // Some are left to be found gone, which takes the cluster longer.
        if self.engine.chance(0.5) { configuration.handOverTimeout = .zero }
        let id = self.identities().workerID()
        configuration.onLease = { rest in if process.isAlive { node.processes.renewLease(of: id, rest) } }
        return Worker(
            id: id,
            host: node.name,
            store: parts.store,
            queue: parts.queue,
            coordinator: parts.coordinator,
            scheduler: SimulatedScheduler(
                wallClock: node.wallClock,
                clock: node.clock,
                engine: self.engine,
                faults: self.faults
            ),
            executor: SimulatedAttemptExecutor(
                node: node,
                worker: id,
                process: process,
                artifacts: parts.artifacts,
                judge: self.judge,
                faults: self.faults
            ),
            journal: SimulatedWorkerJournal(node: node, process: process, faults: self.faults),
            configuration: configuration,
            clock: node.clock,
            wallClock: node.wallClock,
            logger: self.logger(of: node)
        )
    }

    private func logger(of node: SimulatedNode) -> Logger {
        var logger = self.logger
        logger[metadataKey: "node"] = "\(node.name)"
        return logger
    }
}

/// An API server of a simulated cluster that is up.
struct SimulatedAPIServer: Sendable {
    let service: JobService
    let server: SimulatedServer
}
