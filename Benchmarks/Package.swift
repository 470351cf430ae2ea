// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "Benchmarks",
    traits: [
        .trait(name: "MariaDB", description: "The benchmark of the job store in MariaDB; needs libmariadb."),
        .trait(name: "ZooKeeper", description: "The benchmark of coordination in ZooKeeper; needs libzookeeper-mt."),
    ],
    dependencies: [
        .package(
            name: "DistributedCron",
            path: "..",
            traits: [
                .trait(name: "MariaDB", condition: .when(traits: ["MariaDB"])),
                .trait(name: "ZooKeeper", condition: .when(traits: ["ZooKeeper"])),
            ]
        ),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    ],
    targets: [
        .target(name: "CAllocationCount"),
        .target(name: "CHeapUse"),
        // Empty without the trait: SwiftPM builds every target of a package that is built by itself.
        .target(
            name: "CBareMariaDB",
            cSettings: [.define("DISTCRON_MARIADB", .when(traits: ["MariaDB"]))],
            linkerSettings: [.linkedLibrary("mariadb", .when(traits: ["MariaDB"]))]
        ),
        .target(
            name: "CBareZooKeeper",
            cSettings: [.define("DISTCRON_ZOOKEEPER", .when(traits: ["ZooKeeper"]))],
            linkerSettings: [.linkedLibrary("zookeeper_mt", .when(traits: ["ZooKeeper"]))]
        ),
        // What the benchmarks of stores share.
        .target(
            name: "BenchmarkSupport",
            dependencies: [
                "CHeapUse",
                .product(name: "DistributedCron", package: "DistributedCron"),
                .product(name: "DistributedCronTesting", package: "DistributedCron"),
            ]
        ),
        .executableTarget(
            name: "schedule-benchmark",
            dependencies: ["CAllocationCount", .product(name: "DistributedCron", package: "DistributedCron")]
        ),
        .executableTarget(
            name: "store-benchmark",
            dependencies: [
                "BenchmarkSupport",
                .product(name: "DistributedCron", package: "DistributedCron"),
                .product(name: "DistributedCronTesting", package: "DistributedCron"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .executableTarget(
            name: "mariadb-benchmark",
            dependencies: [
                "BenchmarkSupport",
                "CBareMariaDB",
                .product(name: "DistributedCron", package: "DistributedCron"),
                .product(name: "DistributedCronTesting", package: "DistributedCron"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .executableTarget(
            name: "zookeeper-benchmark",
            dependencies: [
                "BenchmarkSupport",
                "CBareZooKeeper",
                .product(name: "DistributedCron", package: "DistributedCron"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
