#if ZooKeeper
import DistributedCron
import DistributedCronTesting
import Testing

@testable import DistributedCronZooKeeper

@Suite(.enabled(if: TestServers.zookeeper != nil, "\(TestServers.howToName)"), .timeLimit(.minutes(10)))
struct ZooKeeperCoordinatorTests {
    @Test("A real server keeps every promise of a coordinator", arguments: CoordinatorConformance.Check.allCases)
    func conforms(to check: CoordinatorConformance.Check) async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            try await CoordinatorConformance {
                .init {
                    try await chroot.coordinator()
                } lose: {
                    try await chroot.lose($0)
                }
            }.run(check)
        }
    }
}

@Suite(.enabled(if: TestServers.ensemble != nil, "\(TestServers.howToNameEnsemble)"), .timeLimit(.minutes(10)))
struct ZooKeeperEnsembleCoordinatorTests {
    @Test(
        "Three servers, each session with another, keep every promise",
        arguments: CoordinatorConformance.Check.allCases
    )
    func conforms(to check: CoordinatorConformance.Check) async throws {
        try await ScratchChroot.with(TestServers.ensemble) { chroot in
            let sessions = Lock(0)
            try await CoordinatorConformance {
                .init {
                    let number = sessions.withLock { count in
                        defer { count += 1 }
                        return count
                    }
                    let hosts = chroot.configuration.hosts
                    return try await chroot.changed { $0.hosts = [hosts[number % hosts.count]] }.coordinator()
                } lose: {
                    try await chroot.lose($0)
                }
            }.run(check)
        }
    }
}
#endif
