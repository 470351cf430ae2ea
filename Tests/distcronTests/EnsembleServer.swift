#if ZooKeeper
import DistributedCron
import DistributedCronZooKeeper
import Foundation
import Testing

/// A chroot of a test's own on the server that the environment names.
struct EnsembleServer {
    /// The server, which `Scripts/servers` has started.
    static let hosts = ProcessInfo.processInfo.environment["DISTCRON_TEST_ZOOKEEPER"]

    /// The path, where nothing is yet.
    let chroot = "/distcron_\(String(UInt64.random(in: 0...(.max)), radix: 36))"

    /// What the tool finds in its environment.
    func url(_ credentials: String = "cron:sesame") throws -> String {
        let hosts = try #require(Self.hosts)
        // The servers permit ten seconds.
        return "zookeeper://\(credentials)@\(hosts)\(self.chroot)?session=8s"
    }

    /// Makes a cluster's nodes, with the registration of a worker that speaks a version of the protocol.
    ///
    /// - Returns: The session that the registration goes with.
    func prepare(for cluster: ClusterID, version: Int = CoordinationProtocol.version) async throws -> ZooKeeperSession {
        let session = try await ZooKeeperSession.open(try ZooKeeperConfiguration(url: try self.url()))
        let layout = try await ZooKeeperLayout.prepare(session, root: self.chroot, cluster: cluster, incarnation: 1)
        let record = #"{"capacity":1,"host":"h","pools":["default"],"version":\#(version)}"#
        try await session.create("\(layout.workers)/w-1", Array(record.utf8), mode: .ephemeral)
        return session
    }
}
#endif
