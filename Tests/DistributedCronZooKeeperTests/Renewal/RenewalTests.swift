#if ZooKeeper
import DistributedCron
import Logging
import ServiceLifecycle
import Testing

@testable import DistributedCronZooKeeper

/// What a process does whose session was lost.
@Suite(.enabled(if: TestServers.zookeeper != nil, "\(TestServers.howToName)"), .timeLimit(.minutes(5)))
struct RenewalTests {
    /// A role that ends with its session.
    private struct Role: Service {
        let cluster: ZooKeeperCluster
        let begun: AsyncStream<ZooKeeperCluster>.Continuation

        func run() async throws {
            self.begun.yield(self.cluster)
            for await state in self.cluster.coordinator.states() where state == .lost { break }
            try Task.checkCancellation()
            throw CoordinatorError(.sessionLost, message: "the session was lost")
        }
    }

    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func sessions(_ chroot: ScratchChroot, _ store: any JobStore = InMemoryJobStore()) -> ZooKeeperSessions {
        ZooKeeperSessions(configuration: chroot.configuration, store: store, logger: Self.logger)
    }

    @Test("A role whose session was lost begins anew with another")
    func renewsARole() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let (begun, continuation) = AsyncStream.makeStream(of: ZooKeeperCluster.self)
            let role = RenewedRole(self.sessions(chroot), logger: Self.logger) {
                Role(cluster: $0, begun: continuation)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await role.run() }
                var clusters = begun.makeAsyncIterator()
                let first = try #require(await clusters.next())
                try await chroot.lose(first.coordinator)
                let second = try #require(await clusters.next())
                #expect(second !== first)
                try await second.coordinator.signalChange()
                group.cancelAll()
            }
        }
    }

    /// One that stands by has nothing else that tells of an outage.
    @Test("The log of a manager that stands by says once that ZooKeeper does not answer, and once that it does again")
    func tellsOfSilence() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { scratch in
            let store = InMemoryJobStore()
            let chroot = ScratchChroot(configuration: scratch.configuration, cluster: try await store.cluster().id)
            let leader = try await chroot.coordinator()
            _ = try await leader.campaign(as: ManagerID(rawValue: "m-1"))
            let proxy = try ReplyProxy(before: try #require(chroot.configuration.hosts.first).port)
            defer { proxy.stop() }
            let (begun, continuation) = AsyncStream.makeStream(of: ZooKeeperCluster.self)
            let (heard, lines) = AsyncStream.makeStream(of: String.self)
            let logger = Logger(label: "test") { _ in
                LogListener(heard: lines) { "\($0.message)".hasPrefix("ZooKeeper ") ? "\($0.message)" : nil }
            }
            let role = RenewedRole(self.sessions(chroot.through(proxy), store), logger: logger) { cluster in
                continuation.yield(cluster)
                return Manager(
                    id: ManagerID(rawValue: "m-2"),
                    store: store,
                    queue: cluster.taskQueue,
                    coordinator: cluster.coordinator,
                    logger: Self.logger
                )
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await role.run() }
                var clusters = begun.makeAsyncIterator()
                let cluster = try #require(await clusters.next())
                proxy.isRefusing = true
                proxy.arm(.sync, [.requestLost])
                // The manager may be the one whose call is lost.
                group.addTask { try? await cluster.coordinator.heartbeat() }
                var texts = heard.makeAsyncIterator()
                #expect(await texts.next() == "ZooKeeper does not answer, and is waited for")
                proxy.isRefusing = false
                #expect(await texts.next() == "ZooKeeper answers again")
                group.cancelAll()
            }
            await leader.session.close()
        }
    }

    @Test("What a new session does not mend ends the role")
    func endsARole() async throws {
        struct Broken: Error {}
        struct Role: Service {
            func run() async throws { throw Broken() }
        }
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let role = RenewedRole(self.sessions(chroot), logger: Self.logger) { _ in Role() }
            await #expect(throws: Broken.self) { try await role.run() }
        }
    }

    @Test("A coordinator of a server says that there is no session, and is of use again with the next one")
    func renewsACoordinator() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let coordinator = RenewedCoordinator(self.sessions(chroot), logger: Self.logger)
            let error = await #expect(throws: CoordinatorError.self) { try await coordinator.leader() }
            #expect(error?.code == .unavailable)
            try await withThrowingTaskGroup(of: Void.self) { group in
                let states = coordinator.states()
                group.addTask { try? await coordinator.run() }
                for await state in states where state == .connected { break }
                #expect(try await coordinator.leader() == nil)
                let first = try coordinator.coordinator()
                try await chroot.lose(first)
                for await _ in coordinator.states() {
                    if let next = try? coordinator.coordinator(), next !== first { break }
                }
                try await coordinator.signalChange()
                group.cancelAll()
            }
        }
    }

    @Test("What somebody has to mend is not waited for, or waited for with a sentence")
    func refuses() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let store = InMemoryJobStore()
            let cluster = try await self.sessions(chroot, store).open()
            let foreign = await #expect(throws: ZooKeeperError.self) { try await self.sessions(chroot).open() }
            #expect(foreign?.kind == .otherCluster)
            let stranger = chroot.changed { $0.credentials = .init(user: "cron", password: "wrong") }
            let denied = await #expect(throws: ZooKeeperError.self) { try await self.sessions(stranger, store).open() }
            #expect(denied?.kind == .denied)
            #expect(denied?.sentence.contains("credentials") == true)
            await cluster.close()
        }
    }
}
#endif
