#if ZooKeeper
import DistributedCron
import Testing

@testable import DistributedCronZooKeeper

/// What streams and elections do while connections come and go.
@Suite(.enabled(if: TestServers.zookeeper != nil, "\(TestServers.howToName)"), .timeLimit(.minutes(5)))
struct ReconnectionTests {
    private func worker(_ name: String, capacity: Int = 1) -> WorkerDescription {
        WorkerDescription(id: WorkerID(rawValue: name), host: "h", capacity: capacity)
    }

    @Test(
        "Streams tell what has happened while there was no connection",
        arguments: [ReplyProxy.Fault.requestLost, .silence]
    )
    func looksAgain(_ fault: ReplyProxy.Fault) async throws {
        try await self.with { chroot, proxy in
            let (watcher, other) = (try await chroot.through(proxy).coordinator(), try await chroot.coordinator())
            let (members, changes) = (watcher.members(), watcher.changes())
            let assignments = watcher.assignments(for: WorkerID(rawValue: "w"))
            let states = watcher.states()
            #expect(await members.first { _ in true } == [])
            proxy.arm(.sync, [fault])
            let error = await #expect(throws: CoordinatorError.self) { try await watcher.heartbeat() }
            #expect(error?.code == .unavailable)
            try await other.register(self.worker("w"))
            try await other.signalChange()
            let assignment = Assignment(token: LeaderToken(incarnation: 1, sequence: 1), slots: [:])
            try await other.publish(assignment, for: WorkerID(rawValue: "w"))
            #expect(await members.first { _ in true } == [self.worker("w")])
            #expect(await assignments.first { _ in true } == assignment)
            #expect(await changes.first { true } != nil)
            #expect(await states.first { $0 == .connected } != nil)
            await watcher.session.close()
        }
    }

    @Test("A worker that is described anew is told of, and never seen absent")
    func tellsOfNewDescriptions() async throws {
        try await self.with { chroot, _ in
            let (watcher, other) = (try await chroot.coordinator(), try await chroot.coordinator())
            try await other.register(self.worker("w"))
            let members = watcher.members()
            for capacity in 2...20 {
                try await other.register(self.worker("w", capacity: capacity))
                let told = await members.first { $0.first?.capacity == capacity || $0.isEmpty }
                #expect(told == [self.worker("w", capacity: capacity)])
            }
            // One registration a session.
            try await other.register(self.worker("v"))
            #expect(await watcher.members().first { _ in true } == [self.worker("v")])
        }
    }

    @Test("A session whose registration is gone is taken for lost, whatever the servers say")
    func missesItsRegistration() async throws {
        try await self.with { chroot, _ in
            let (coordinator, other) = (try await chroot.coordinator(), try await chroot.coordinator())
            let worker = self.worker("w")
            // While it comes and goes as it should, heartbeats are fine.
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { while !Task.isCancelled { try await coordinator.heartbeat() } }
                for capacity in 1...20 {
                    try await coordinator.register(self.worker("w", capacity: capacity))
                    if capacity.isMultiple(of: 3) { try await coordinator.deregister() }
                }
                group.cancelAll()
                while let result = await group.nextResult() {
                    if case .failure(let error) = result { #expect(error is CancellationError) }
                }
            }
            try await coordinator.register(worker)
            try await coordinator.heartbeat()
            try await other.session.delete(other.layout.worker(worker.id))
            let error = await #expect(throws: CoordinatorError.self) { try await coordinator.heartbeat() }
            #expect(error?.code == .sessionLost)
            #expect(await coordinator.states().first { _ in true } == .lost)
        }
    }

    @Test("A candidate that stands goes on standing when its connection is another")
    func standsOn() async throws {
        try await self.with { chroot, proxy in
            let (leader, candidate) = (try await chroot.coordinator(), try await chroot.through(proxy).coordinator())
            let token = try await leader.campaign(as: ManagerID(rawValue: "m-1"))
            try await withThrowingTaskGroup(of: LeaderToken.self) { group in
                group.addTask { try await candidate.campaign(as: ManagerID(rawValue: "m-2")) }
                // Once it stands there are two.
                for await _ in leader.session.looks(at: leader.layout.leader) {
                    let path = leader.layout.leader
                    if try await leader.session.children(of: path, isWatched: true).names.count == 2 { break }
                }
                proxy.arm(.sync, [.requestLost])
                await #expect(throws: CoordinatorError.self) { try await candidate.heartbeat() }
                try await leader.resign()
                let next = try #require(try await group.next())
                #expect(next > token)
            }
            // Whoever leads is given the same answer again.
            let again = try await candidate.campaign(as: ManagerID(rawValue: "m-2"))
            #expect(again > token)
            await candidate.session.close()
            #expect(try await leader.leader() == nil)
        }
    }

    private func with(_ body: @Sendable (ScratchChroot, ReplyProxy) async throws -> Void) async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let proxy = try ReplyProxy(before: try #require(chroot.configuration.hosts.first).port)
            defer { proxy.stop() }
            try await body(chroot, proxy)
        }
    }
}
#endif
