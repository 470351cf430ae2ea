#if ZooKeeper
import DistributedCron
import DistributedCronZooKeeper

/// The servers that are measured, and chroots of the benchmark's own on them.
struct Ensemble: Sendable {
    /// As in `host:port,host:port`.
    let hosts: String

    /// A path where nothing is yet.
    func newChroot() -> String { "/distcron_bench_\(String(UInt64.random(in: 0...UInt64.max), radix: 36))" }

    /// A session, with which everybody may read what it makes.
    func cluster(at chroot: String) async throws -> ZooKeeperCluster {
        try await ZooKeeperCluster.open(
            try ZooKeeperConfiguration(url: "zookeeper://\(self.hosts)\(chroot)"),
            cluster: IdentitySource().clusterID(),
            incarnation: 1
        )
    }
}
#endif
