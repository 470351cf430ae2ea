#if ZooKeeper
import DistributedCron
import Testing

@testable import DistributedCronZooKeeper

/// What the C client does not do by itself, or does badly.
@Suite(.enabled(if: TestServers.zookeeper != nil, "\(TestServers.howToName)"), .timeLimit(.minutes(5)))
struct SessionTests {
    @Test("Closing with calls outstanding leaves no caller waiting")
    func closes() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            for _ in 0..<30 {
                let session = try await chroot.session()
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<200 { group.addTask { _ = try? await session.stat("/") } }
                    group.addTask { await session.close() }
                }
                #expect(session.pendingCalls == 0)
                let error = await #expect(throws: ZooKeeperError.self) { try await session.sync("/") }
                #expect(error?.kind == .sessionLost)
                // Closing twice changes nothing.
                await session.close()
            }
        }
    }

    @Test("A session that nobody has any more is closed")
    func closesWhatIsForgotten() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let witness = try await chroot.coordinator()
            let members = witness.members()
            try await chroot.coordinator().register(
                WorkerDescription(id: WorkerID(rawValue: "w"), host: "h", capacity: 1)
            )
            // At once or at the latest when the session ends; that it was there is not seen for certain.
            for await list in members where list.isEmpty { break }
            #expect(await witness.members().first { _ in true } == [])
        }
    }

    @Test("A cancelled call returns although the server is silent, and its memory stays until C is done with it")
    func cancels() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let proxy = try ReplyProxy(before: try #require(chroot.configuration.hosts.first).port)
            defer { proxy.stop() }
            let session = try await chroot.through(proxy).session()
            proxy.arm(.multi, [.silence])
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) {
                        try await session.commit([.create("/x-\(session.number)")])
                    }
                }
                await proxy.hasStruck.wait()
                #expect(session.pendingCalls == 1)
                group.cancelAll()
            }
            #expect(session.pendingCalls == 1)
            await session.close()
            #expect(session.pendingCalls == 0)
        }
    }

    @Test("A call to a server that has fallen silent fails in time, and its outcome is unknown")
    func fallsSilent() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let proxy = try ReplyProxy(before: try #require(chroot.configuration.hosts.first).port)
            defer { proxy.stop() }
            let session = try await chroot.through(proxy).session()
            proxy.arm(.sync, [.silence])
            let error = await #expect(throws: ZooKeeperError.self) { try await session.sync("/") }
            #expect(error?.isOutcomeUnknown == true, "\(error.map { "\($0)" } ?? "")")
            // It finds its way back by itself.
            for await state in session.states() where state == .connected { break }
            try await session.sync("/")
            await session.close()
        }
    }

    @Test("What a server does not take is not sent, and the session lives")
    func refusesWhatIsTooLarge() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let session = try await chroot.session()
            let root = try await chroot.layout(session).root
            let states = session.states()
            let data = [UInt8](repeating: 7, count: ZooKeeperSession.maximumBytes)
            for bytes in [data + [7], data + data] {
                await #expect(throws: ZooKeeperError.self) { try await session.create("\(root)/big", bytes) }
                await #expect(throws: ZooKeeperError.self) {
                    try await session.commit([.create("\(root)/big", data: bytes)])
                }
            }
            try await session.create("\(root)/big", data)
            #expect(try await session.get("\(root)/big").data == data)
            #expect(await states.first { _ in true } == .connected)
            await session.close()
        }
    }

    @Test("The time-out is what the servers have agreed to")
    func knowsTheTimeout() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let session = try await chroot.changed { $0.sessionTimeout = .seconds(3_600) }.session()
            // 20 ticks of Scripts/servers.
            #expect(session.timeout == .seconds(10))
            await session.close()
        }
    }

    @Test("A server that cannot be reached is said to be that, in time")
    func saysThatNobodyAnswers() async throws {
        let silent = try ReplyProxy(before: 1)
        silent.stop()
        var configuration = ZooKeeperConfiguration(hosts: [.init(name: "127.0.0.1", port: silent.port)], chroot: "/c")
        configuration.connectTimeout = .milliseconds(200)
        do {
            _ = try await ZooKeeperSession.open(configuration)
            Issue.record("nobody listens")
        } catch let error as ZooKeeperError {
            #expect(error.kind == .unreachable)
            #expect(error.message.contains("127.0.0.1:\(silent.port)"))
        }
    }
}
#endif
