#if ZooKeeper
import DistributedCron
import Logging
import Testing

@testable import DistributedCronZooKeeper

/// Where ZooKeeper is not as it has to be, that is said in one sentence, which a server that waits shows in `/readyz`.
@Suite(.enabled(if: TestServers.zookeeper != nil, "\(TestServers.howToName)"), .timeLimit(.minutes(5)))
struct BrokenSetupTests {
    /// What is wrong.
    enum Fault: Sendable, CaseIterable {
        /// No server lets anybody in: none runs, or too few of an ensemble.
        case nobody
        case credentials
        /// The chroot is missing, and may not be made.
        case chroot
        case cluster
        case version

        /// The error that ends a manager or a worker; nil where they wait.
        var kind: ZooKeeperError.Kind? {
            switch self {
            case .nobody: nil
            case .credentials: .denied
            case .chroot: .configuration
            case .cluster: .otherCluster
            case .version: .otherVersion
            }
        }

        /// What the sentence has to say.
        var words: String {
            switch self {
            case .nobody: "no ZooKeeper server can be reached: none of 127.0.0.1:"
            case .credentials: "ZooKeeper refuses the credentials: "
            case .chroot: "/below is not in ZooKeeper, and what is above it does not let these credentials make it"
            case .cluster: " in ZooKeeper belongs to cluster "
            case .version: "/workers/w-2 in ZooKeeper is of one that speaks version 3; install the release"
            }
        }

        /// Makes a configuration one that has the fault.
        func spoil(_ configuration: inout ZooKeeperConfiguration, silentPort: Int) {
            switch self {
            case .nobody:
                configuration.hosts = [.init(name: "127.0.0.1", port: silentPort)]
                configuration.connectTimeout = .milliseconds(200)
            case .credentials:
                configuration.credentials = .init(user: "cron", password: "guess")
            case .chroot:
                configuration.credentials = .init(user: "cron", password: "guess")
                configuration.chroot += "/below"
            case .cluster, .version: break
            }
        }
    }

    @Test("A manager or a worker is refused, or waits; a server waits, and is not ready", arguments: Fault.allCases)
    func saysWhatIsWrong(_ fault: Fault) async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let store = InMemoryJobStore()
            let known = try await store.cluster().id
            let owner = ScratchChroot(
                configuration: chroot.configuration,
                cluster: fault == .cluster ? IdentitySource().clusterID() : known
            )
            let session = try await owner.session()
            let layout = try await owner.layout(session)
            if fault == .version {
                try await session.create("\(layout.workers)/w-2", Array(#"{"version":3}"#.utf8), mode: .ephemeral)
            }
            let silent = try ReplyProxy(before: 1)
            silent.stop()
            let broken = chroot.changed { fault.spoil(&$0, silentPort: silent.port) }
            let (heard, continuation) = AsyncStream.makeStream(of: String.self)
            let logger = Logger(label: "test") { _ in
                LogListener(heard: continuation) { $0.metadata?["problem"]?.description }
            }
            let sessions = ZooKeeperSessions(configuration: broken.configuration, store: store, logger: logger)

            if let kind = fault.kind {
                let error = await #expect(throws: ZooKeeperError.self) { try await sessions.open() }
                #expect(error?.kind == kind)
                #expect(error?.sentence.contains(fault.words) == true, "\(error.map { "\($0)" } ?? "")")
            }

            let coordinator = RenewedCoordinator(sessions, logger: logger)
            let service = JobService(store: store, artifacts: InMemoryArtifactStore(), coordinator: coordinator)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await coordinator.run() }
                var sentences = heard.makeAsyncIterator()
                let sentence = try #require(await sentences.next())
                #expect(sentence.contains(fault.words), "\(sentence)")
                let problems = await service.checks().compactMap(\.problem)
                #expect(problems.count == 1)
                let prefix = "there is no session with ZooKeeper: \(sentence); the ledger confirms no worker"
                #expect(problems.first?.hasPrefix(prefix) == true, "\(problems)")
                group.cancelAll()
            }
            await session.close()
        }
    }

    @Test("A chroot that is missing is made, with what is above it")
    func makesAChroot() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let deep = chroot.changed { $0.chroot += "/of/many/names" }
            let session = try await deep.session()
            #expect(try await ZooKeeperLayout.found(session, root: deep.configuration.chroot) == nil)
            let layout = try await deep.layout(session)
            #expect(try await ZooKeeperLayout.found(session, root: deep.configuration.chroot) == layout)
            await session.close()
        }
    }
}
#endif
