#if ZooKeeper
import DistributedCron
import Testing

@testable import DistributedCronZooKeeper

/// Writes whose answers never come: each is looked up before it is repeated.
@Suite(.enabled(if: TestServers.zookeeper != nil, "\(TestServers.howToName)"), .timeLimit(.minutes(5)))
struct UnknownOutcomeTests {
    private let first = WorkerID(rawValue: "w-1")
    private let second = WorkerID(rawValue: "w-2")

    @Test("Tasks come into a queue, go from one to another, and out of it once", arguments: ReplyProxy.Fault.allCases)
    func movesTasks(_ fault: ReplyProxy.Fault) async throws {
        try await self.with { chroot, proxy in
            let session = try await chroot.session()
            let queue = ZooKeeperTaskQueue(session: session, layout: try await chroot.layout(session), maximumTasks: 6)
            for worker in [self.first, self.second] {
                proxy.arm(.create, [fault])
                try await queue.open(worker)
            }
            let tasks = (0..<6).map { WorkerTask.adopt(WorkerID(rawValue: "dead-\($0)")) }
            // The queue is as small as that, so that a repetition that counted what is there would not fit.
            proxy.arm(.multi, [fault])
            try await queue.enqueue(tasks, for: self.first)
            #expect(try await queue.pendingTasks(for: self.first) == tasks)
            proxy.arm(.multi, [fault])
            try await queue.move(tasks.map(\.id), from: self.first, to: self.second)
            #expect(try await queue.pendingTasks(for: self.first) == [])
            #expect(try await queue.pendingTasks(for: self.second) == tasks)
            proxy.arm(.multi, [fault])
            try await queue.complete(tasks.dropLast().map(\.id), for: self.second)
            #expect(try await queue.pendingTasks(for: self.second) == tasks.suffix(1))
            proxy.arm(.delete, [fault])
            try await queue.close(self.first)
            #expect(try await queue.workers() == [self.second])
            #expect(proxy.count == 6, "every armed fault has struck")
            await session.close()
        }
    }

    @Test("A worker is registered and deregistered once", arguments: ReplyProxy.Fault.allCases)
    func registers(_ fault: ReplyProxy.Fault) async throws {
        try await self.with { chroot, proxy in
            let session = try await chroot.session()
            let coordinator = ZooKeeperCoordinator(session: session, layout: try await chroot.layout(session))
            var worker = WorkerDescription(id: self.first, host: "h", capacity: 1)
            proxy.arm(.create, [fault])
            try await coordinator.register(worker)
            #expect(await coordinator.members().first { _ in true } == [worker])
            worker.capacity = 2
            proxy.arm(.multi, [fault])
            try await coordinator.register(worker)
            #expect(await coordinator.members().first { _ in true } == [worker])
            proxy.arm(.delete, [fault])
            try await coordinator.deregister()
            #expect(await coordinator.members().first { _ in true } == [])
            #expect(proxy.count == 3, "every armed fault has struck")
            await session.close()
        }
    }

    @Test("An assignment is written, written over and removed", arguments: ReplyProxy.Fault.allCases)
    func publishes(_ fault: ReplyProxy.Fault) async throws {
        try await self.with { chroot, proxy in
            let session = try await chroot.session()
            let coordinator = ZooKeeperCoordinator(session: session, layout: try await chroot.layout(session))
            for (sequence, request) in [(1, ReplyProxy.Request.create), (2, .set)] as [(UInt64, ReplyProxy.Request)] {
                let assignment = Assignment(token: LeaderToken(incarnation: 1, sequence: sequence), slots: [:])
                proxy.arm(request, [fault])
                try await coordinator.publish(assignment, for: self.first)
                #expect(await coordinator.assignments(for: self.first).first { _ in true } == assignment)
            }
            proxy.arm(.delete, [fault])
            try await coordinator.unpublish(self.first)
            #expect(try await session.stat(coordinator.layout.assignment(self.first)) == nil)
            proxy.arm(.set, [fault])
            try await coordinator.signalChange()
            #expect(await coordinator.changes().first { true } != nil)
            #expect(proxy.count == 4, "every armed fault has struck")
            await session.close()
        }
    }

    @Test("What is asked of a worker is written and removed once", arguments: ReplyProxy.Fault.allCases)
    func drains(_ fault: ReplyProxy.Fault) async throws {
        try await self.with { chroot, proxy in
            let session = try await chroot.session()
            let coordinator = ZooKeeperCoordinator(session: session, layout: try await chroot.layout(session))
            try await coordinator.register(WorkerDescription(id: self.first, host: "h", capacity: 1))
            for isDraining in [true, false, true] {
                proxy.arm(.multi, [fault])
                try await coordinator.setDraining(isDraining, of: self.first)
                #expect(await coordinator.members().first { _ in true }?.map(\.isDraining) == [isDraining])
            }
            proxy.arm(.delete, [fault])
            try await coordinator.unpublish(self.first)
            #expect(try await session.children(of: coordinator.layout.drains).names == [])
            #expect(proxy.count == 4, "every armed fault has struck")
            await session.close()
        }
    }

    @Test(
        "A worker that is to have no slots from the beginning is registered once",
        arguments: ReplyProxy.Fault.allCases
    )
    func registersADrain(_ fault: ReplyProxy.Fault) async throws {
        try await self.with { chroot, proxy in
            let session = try await chroot.session()
            let coordinator = ZooKeeperCoordinator(session: session, layout: try await chroot.layout(session))
            var worker = WorkerDescription(id: self.first, host: "h", capacity: 1)
            worker.drain = .asked
            proxy.arm(.multi, [fault])
            try await coordinator.register(worker)
            let members = await coordinator.members().first { _ in true }
            #expect(members == [worker])
            try await coordinator.heartbeat()
            #expect(proxy.count == 1, "the armed fault has struck")
            await session.close()
        }
    }

    @Test("A candidate stands once and is told of its turn", arguments: ReplyProxy.Fault.allCases)
    func stands(_ fault: ReplyProxy.Fault) async throws {
        try await self.with { chroot, proxy in
            let session = try await chroot.session()
            let coordinator = ZooKeeperCoordinator(session: session, layout: try await chroot.layout(session))
            proxy.arm(.create, [fault])
            let token = try await coordinator.campaign(as: ManagerID(rawValue: "m-1"))
            let nodes = try await session.children(of: coordinator.layout.leader).names
            #expect(nodes.count == 1)
            let stat = try await session.stat("\(coordinator.layout.leader)/\(nodes[0])")
            #expect(token == LeaderToken(incarnation: 1, sequence: UInt64(try #require(stat).creation)))
            await session.close()
        }
    }

    @Test("A candidate is withdrawn though the answer is lost", arguments: ReplyProxy.Fault.allCases)
    func withdraws(_ fault: ReplyProxy.Fault) async throws {
        try await self.with { chroot, proxy in
            let session = try await chroot.session()
            let coordinator = ZooKeeperCoordinator(session: session, layout: try await chroot.layout(session))
            _ = try await coordinator.campaign(as: ManagerID(rawValue: "m-1"))
            proxy.arm(.delete, [fault])
            try await coordinator.resign()
            #expect(proxy.count == 1)
            #expect(try await session.children(of: coordinator.layout.leader).names == [])
            await session.close()
        }
    }

    @Test("A candidate that could not be withdrawn is withdrawn later")
    func withdrawsLater() async throws {
        try await self.with { chroot, proxy in
            let session = try await chroot.session()
            let coordinator = ZooKeeperCoordinator(session: session, layout: try await chroot.layout(session))
            _ = try await coordinator.campaign(as: ManagerID(rawValue: "m-1"))
            proxy.arm(.delete, Array(repeating: .requestLost, count: 4))
            await #expect(throws: CoordinatorError.self) { try await coordinator.resign() }
            #expect(try await coordinator.leader() == nil)
            #expect(try await session.children(of: coordinator.layout.leader).names == [])
            await session.close()
        }
    }

    /// Has a chroot used by way of a proxy.
    private func with(_ body: @Sendable (ScratchChroot, ReplyProxy) async throws -> Void) async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let proxy = try ReplyProxy(before: try #require(chroot.configuration.hosts.first).port)
            defer { proxy.stop() }
            try await body(chroot.through(proxy), proxy)
        }
    }
}
#endif
