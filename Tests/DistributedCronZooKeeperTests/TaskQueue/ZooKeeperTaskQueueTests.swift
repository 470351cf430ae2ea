#if ZooKeeper
import DistributedCron
import DistributedCronTesting
import Testing

@testable import DistributedCronZooKeeper

@Suite(.enabled(if: TestServers.zookeeper != nil, "\(TestServers.howToName)"), .timeLimit(.minutes(10)))
struct ZooKeeperTaskQueueTests {
    @Test("A real server keeps every promise of a task queue", arguments: TaskQueueConformance.Check.allCases)
    func conforms(to check: TaskQueueConformance.Check) async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            try await TaskQueueConformance { try await chroot.taskQueue(maximumTasks: $0) }.run(check)
        }
    }
}

@Suite(.enabled(if: TestServers.ensemble != nil, "\(TestServers.howToNameEnsemble)"), .timeLimit(.minutes(10)))
struct ZooKeeperEnsembleTaskQueueTests {
    @Test("Three servers, each call to another, keep every promise", arguments: TaskQueueConformance.Check.allCases)
    func conforms(to check: TaskQueueConformance.Check) async throws {
        try await ScratchChroot.with(TestServers.ensemble) { chroot in
            try await TaskQueueConformance { maximumTasks in
                var queues: [any TaskQueue] = []
                for host in chroot.configuration.hosts {
                    queues.append(try await chroot.changed { $0.hosts = [host] }.taskQueue(maximumTasks: maximumTasks))
                }
                return ManyQueues(queues)
            }.run(check)
        }
    }
}
#endif
