#if ZooKeeper
import DistributedCron
import Testing

@testable import DistributedCronZooKeeper

/// Whose a chroot is.
@Suite(.enabled(if: TestServers.zookeeper != nil, "\(TestServers.howToName)"), .timeLimit(.minutes(5)))
struct AccessTests {
    @Test("Another cluster's credentials, or none, read and write nothing", arguments: [true, false])
    func refusesStrangers(_ haveCredentials: Bool) async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let own = try await chroot.session()
            let layout = try await chroot.layout(own)
            let worker = WorkerID(rawValue: "w")
            let (queue, coordinator) = (
                ZooKeeperTaskQueue(session: own, layout: layout), ZooKeeperCoordinator(session: own, layout: layout)
            )
            try await queue.open(worker)
            try await queue.enqueue([.adopt(worker)], for: worker)
            try await coordinator.register(WorkerDescription(id: worker, host: "h", capacity: 1))
            try await coordinator.setDraining(true, of: worker)
            let token = try await coordinator.campaign(as: ManagerID(rawValue: "m"))
            try await coordinator.publish(Assignment(token: token, slots: [:]), for: worker)
            try await coordinator.signalChange()
            let stranger = try await chroot.changed {
                $0.credentials = haveCredentials ? .init(user: "cron", password: "guess") : nil
            }.session()
            let paths = try await self.paths(from: layout.root, own)
            let expected = [
                layout.worker(worker), layout.assignment(worker), "\(layout.queue(worker))/adopt-w", layout.changes,
                layout.drain(worker),
            ]
            #expect(Set(paths).isSuperset(of: expected), "\(paths)")
            var nodes: [Node] = []
            for path in paths { nodes.append(try await own.get(path)) }
            for (path, node) in zip(paths, nodes) {
                try await self.expectDenied { _ = try await stranger.get(path) }
                try await self.expectDenied { _ = try await stranger.children(of: path) }
                try await self.expectDenied { try await stranger.set(path, [1]) }
                try await self.expectDenied { try await stranger.commit([.set(path, data: [1], version: 0)]) }
                // What goes with a session has no children, whoever asks.
                if node.stat.owner == 0 { try await self.expectDenied { try await stranger.create("\(path)/x") } }
                // Who may delete is decided by the parent, and that of the chroot is everybody's; but it is not empty.
                if path == layout.root {
                    await #expect(throws: ZooKeeperError.self) { try await stranger.delete(path) }
                } else {
                    try await self.expectDenied { try await stranger.delete(path) }
                }
            }
            #expect(try await self.paths(from: layout.root, own) == paths)
            for (path, node) in zip(paths, nodes) { #expect(try await own.get(path) == node) }
            let error = await #expect(throws: ZooKeeperError.self) { try await chroot.layout(stranger) }
            #expect(error?.kind == .denied)
            #expect(error?.message.contains(layout.root) == true)
            for session in [own, stranger] { await session.close() }
        }
    }

    @Test("A chroot belongs to one cluster, whose incarnation is that of who has made it")
    func refusesAnotherCluster() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let session = try await chroot.session()
            let layouts = try await withThrowingTaskGroup(of: ZooKeeperLayout.self) { group in
                for number: UInt64 in 1...8 {
                    group.addTask {
                        let other = try await chroot.session()
                        let layout = try await chroot.layout(other, incarnation: number)
                        await other.close()
                        return layout
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(layouts.count == 1)
            #expect(try await chroot.layout(session, incarnation: 99) == layouts.first)
            let other = ScratchChroot(configuration: chroot.configuration, cluster: IdentitySource().clusterID())
            let error = await #expect(throws: ZooKeeperError.self) { try await other.layout(session) }
            #expect(error?.kind == .otherCluster)
            for word in [chroot.configuration.chroot, chroot.cluster.rawValue, other.cluster.rawValue] {
                #expect(error?.message.contains(word) == true)
            }
            await session.close()
        }
    }

    @Test("What an older program did not make is made when a session begins")
    func completesAnOlderLayout() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let session = try await chroot.session()
            let layout = try await chroot.layout(session)
            for path in [layout.drains, "\(layout.root)/ops"] { try await session.delete(path) }
            #expect(try await chroot.layout(session) == layout)
            #expect(try await session.stat(layout.drains) != nil)
            await session.close()
        }
    }

    @Test("What is above the chroot may be shared with clusters of other credentials")
    func sharesWhatIsAbove() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let first = try await chroot.session()
            _ = try await chroot.layout(first)
            let neighbour = ScratchChroot(configuration: chroot.configuration, cluster: IdentitySource().clusterID())
                .changed {
                    $0.chroot = "\(chroot.configuration.chroot)2"
                    $0.credentials = .init(user: "other", password: "word")
                }
            let second = try await neighbour.session()
            #expect(try await neighbour.layout(second).root == "\(chroot.configuration.chroot)2")
            for session in [first, second] { await session.close() }
        }
    }

    /// A node and all that are below it.
    private func paths(from path: String, _ session: ZooKeeperSession) async throws -> [String] {
        var paths = [path]
        for name in try await session.children(of: path).names.sorted() {
            paths += try await self.paths(from: "\(path)/\(name)", session)
        }
        return paths
    }

    private func expectDenied(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async throws {
        let error = await #expect(throws: ZooKeeperError.self, sourceLocation: sourceLocation) { try await body() }
        #expect(error?.kind == .denied, "\(error.map { "\($0)" } ?? "")", sourceLocation: sourceLocation)
    }
}
#endif
