#if ZooKeeper
import DistributedCron
import Foundation
import Testing

@testable import DistributedCronZooKeeper

/// The servers that the tests run against, which `Scripts/servers` has started and named in the environment.
enum TestServers {
    static let zookeeper = ProcessInfo.processInfo.environment["DISTCRON_TEST_ZOOKEEPER"]
    static let ensemble = ProcessInfo.processInfo.environment["DISTCRON_TEST_ENSEMBLE"]
    static let howToName = "set DISTCRON_TEST_ZOOKEEPER, see Scripts/servers"
    static let howToNameEnsemble = "set DISTCRON_TEST_ENSEMBLE, see Scripts/servers"
}

/// A path of its own on a real server, where nothing is yet.
struct ScratchChroot: Sendable {
    /// How many tests use a server at the same time: each has many sessions, with two threads each.
    private static let places = TestPlaces(3)

    let configuration: ZooKeeperConfiguration
    let cluster: ClusterID

    /// Has a path used.
    static func with(
        _ hosts: String?,
        _ body: @Sendable (ScratchChroot) async throws -> Void
    ) async throws {
        let hosts = try #require(hosts)
        let name = "distcron_\(IdentitySource().marker())"
        var configuration = try ZooKeeperConfiguration(url: "zookeeper://cron:sesame@\(hosts)/\(name)/c")
        configuration.sessionTimeout = .seconds(5)
        let scratch = ScratchChroot(configuration: configuration, cluster: IdentitySource().clusterID())
        try await self.places.take { try await body(scratch) }
    }

    /// The same path, with other servers, a shorter time-out or other credentials.
    func changed(_ change: (inout ZooKeeperConfiguration) -> Void) -> Self {
        var configuration = self.configuration
        change(&configuration)
        return Self(configuration: configuration, cluster: self.cluster)
    }

    /// The same path by way of a proxy, with a session that notices soon if that falls silent.
    func through(_ proxy: ReplyProxy) -> Self {
        self.changed {
            $0.hosts = [.init(name: "127.0.0.1", port: proxy.port)]
            $0.sessionTimeout = .seconds(3)
        }
    }

    func session() async throws -> ZooKeeperSession { try await ZooKeeperSession.open(self.configuration) }

    func layout(_ session: ZooKeeperSession, incarnation: UInt64 = 1) async throws -> ZooKeeperLayout {
        try await .prepare(
            session,
            root: self.configuration.chroot,
            cluster: self.cluster,
            incarnation: incarnation
        )
    }

    func coordinator() async throws -> ZooKeeperCoordinator {
        let session = try await self.session()
        return ZooKeeperCoordinator(session: session, layout: try await self.layout(session))
    }

    func taskQueue(maximumTasks: Int = 8_192) async throws -> ZooKeeperTaskQueue {
        let session = try await self.session()
        return ZooKeeperTaskQueue(
            session: session,
            layout: try await self.layout(session),
            maximumTasks: maximumTasks
        )
    }

    /// Has the servers end a session: another handle takes it over, and closes it.
    func lose(_ coordinator: any Coordinator) async throws {
        let session = try #require(coordinator as? ZooKeeperCoordinator).session
        var configuration = self.configuration
        configuration.credentials = nil
        while session.state != .lost, let identity = session.identity {
            do {
                let other = try await ZooKeeperSession.open(configuration, resuming: identity)
                await other.close()
            } catch let error as ZooKeeperError where error.kind == .sessionLost {
                // What was closed cannot be taken over again: the servers know.
                break
            }
        }
        // If its server has let it in again meanwhile, it hears of its end when it wants to write.
        while session.state != .lost { try? await session.delete("/none") }
    }
}

/// Lets some tests in at a time.
actor TestPlaces {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { self.free = count }

    func take(_ body: @Sendable () async throws -> Void) async throws {
        if self.free > 0 {
            self.free -= 1
        } else {
            await withCheckedContinuation { self.waiting.append($0) }
        }
        defer { if self.waiting.isEmpty { self.free += 1 } else { self.waiting.removeFirst().resume() } }
        try await body()
    }
}
#endif
