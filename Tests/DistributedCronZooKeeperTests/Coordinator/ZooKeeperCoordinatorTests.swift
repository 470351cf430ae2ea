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

    @Test("Who leads no more because its candidacy was removed by hand tells of no stall, though its session lives")
    func isFenced() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let (former, later) = (try await chroot.coordinator(), try await chroot.coordinator())
            let worker = WorkerID(rawValue: "w-1")
            try await later.register(WorkerDescription(id: worker, host: "h", capacity: 1))
            _ = try await former.campaign(as: ManagerID(rawValue: "m-1"))
            try await former.setDraining(true, of: worker, because: .stalled)
            try await later.session.delete(try #require(former.election.leadership))
            _ = try await later.campaign(as: ManagerID(rawValue: "m-2"))
            let error = await #expect(throws: CoordinatorError.self) {
                try await former.setDraining(false, of: worker, because: .stalled)
            }
            #expect(error?.code == .fenced)
            let drains = await later.members().first { _ in true }?.map(\.drain)
            #expect(drains == [DrainReason.stalled])
            for session in [former.session, later.session] { await session.close() }
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
