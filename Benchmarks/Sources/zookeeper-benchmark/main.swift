#if ZooKeeper
import BenchmarkSupport
import Foundation

// Arguments name parts; a number says how many jobs the leader's store holds.
let arguments = CommandLine.arguments.dropFirst()
let jobs = arguments.lazy.compactMap { Int($0) }.first ?? 1_000_000
let parts = Set(arguments.filter { Int($0) == nil })
func has(_ part: String) -> Bool { parts.isEmpty || parts.contains(part) }

let variables = ProcessInfo.processInfo.environment
guard let hosts = variables["DISTCRON_TEST_ENSEMBLE"] ?? variables["DISTCRON_TEST_ZOOKEEPER"] else {
    print("error: DISTCRON_TEST_ENSEMBLE or DISTCRON_TEST_ZOOKEEPER says which servers; see the README")
    exit(64)
}
let ensemble = Ensemble(hosts: hosts)
if has("tasks") { try await ThroughputMeasurement(ensemble: ensemble).run() }
if has("rebalance") { try await RebalanceMeasurement(ensemble: ensemble, jobs: jobs).run() }
#else
print("error: built without the trait ZooKeeper: swift run -c release --traits ZooKeeper zookeeper-benchmark")
#endif
