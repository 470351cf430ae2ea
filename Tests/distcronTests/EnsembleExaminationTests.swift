#if ZooKeeper
import DistributedCron
import DistributedCronZooKeeper
import Testing

@testable import distcron

/// What `doctor` makes of what it sees of ZooKeeper.
struct EnsembleExaminationTests {
    private static func answer(_ name: String, _ problem: String? = nil) -> EnsembleExamination.Answer {
        EnsembleExamination.Answer(host: .init(name: name), problem: problem)
    }

    @Test("An ensemble can do without some of its servers, and not without all")
    func servers() {
        let checks = EnsembleExamination.servers([Self.answer("zk1"), Self.answer("zk2", "it is silent")])
        #expect(checks.map(\.level) == [.good, .warning])
        #expect(checks.map(\.name) == ["zookeeper", "zookeeper"])
        #expect(checks[0].message == "zk1:2181 answers, and the leader of its ensemble too")
        #expect(checks[1].message == "zk2:2181 cannot be used: it is silent")
        let silent = EnsembleExamination.servers([Self.answer("zk1", "it is silent")])
        #expect(silent.map(\.level) == [.bad])
        #expect(silent[0].fix?.contains("most of the ensemble") == true)
    }

    @Test("A session has to last long enough for a worker's lease, and is said to be another than was asked for")
    func session() {
        #expect(EnsembleExamination.timeout(.seconds(30), wanted: .seconds(30)).level == .good)
        #expect(EnsembleExamination.timeout(.seconds(10), wanted: .seconds(30)).level == .warning)
        let check = EnsembleExamination.timeout(.seconds(2), wanted: .seconds(2))
        #expect(check.level == .bad)
        #expect(check.message.contains("2.0 seconds") && check.message.contains("lease"))
    }

    @Test("A chroot and a database are of one cluster")
    func identity() {
        let cluster = ClusterID(rawValue: "a")
        let layout = ZooKeeperLayout(root: "/c", cluster: cluster, incarnation: 1)
        #expect(EnsembleExamination.identity(layout, nil).level == .good)
        #expect(EnsembleExamination.identity(layout, cluster).level == .good)
        let other = EnsembleExamination.identity(layout, ClusterID(rawValue: "b"))
        #expect(other.level == .bad)
        #expect(other.message == "/c belongs to cluster a, and the database to b")
    }

    @Test(
        "Versions that are one apart are an upgrade, and further ones are wrong",
        arguments: [
            ([], "ok"), ([2], "ok"), ([2, 2], "ok"), ([3], "warning"), ([1, 2], "warning"), ([4], "failed"),
            ([1, 3], "failed"),
        ] as [([Int], String)]
    )
    func versions(_ versions: [Int], _ level: String) {
        let speakers = versions.map { ZooKeeperLayout.Speaker(path: "/c/workers/w", version: $0) }
        #expect(EnsembleExamination.versions(speakers, own: 2).level.rawValue == level)
    }
}
#endif
