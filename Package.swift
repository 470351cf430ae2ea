// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "DistributedCron",
    products: [
        .library(
            name: "DistributedCron",
            targets: ["DistributedCron", "DistributedCronHTTP", "DistributedCronMariaDB", "DistributedCronZooKeeper"]
        ),
        .library(name: "DistributedCronTesting", targets: ["DistributedCronTesting"]),
        .executable(name: "distcron", targets: ["distcron"]),
        .executable(name: "distcron-server", targets: ["distcron-server"]),
        .executable(name: "distcron-manager", targets: ["distcron-manager"]),
        .executable(name: "distcron-worker", targets: ["distcron-worker"]),
    ],
    traits: [
        .trait(name: "HTTP", description: "The REST API, as routes for Hummingbird and as a server."),
        .trait(name: "MariaDB", description: "The job store in MariaDB; needs libmariadb."),
        .trait(name: "ZooKeeper", description: "Coordination and task queues in ZooKeeper; needs libzookeeper-mt."),
        .default(enabledTraits: ["HTTP"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    ],
    targets: [
        .target(name: "CSpawn"),
        // Without `pkgConfig:`, which would make SwiftPM ask for the library where no trait needs it.
        .systemLibrary(name: "CMariaDB", providers: [.apt(["libmariadb-dev"])]),
        .systemLibrary(name: "CZooKeeper", providers: [.apt(["libzookeeper-mt-dev"])]),
        .target(
            name: "DistributedCron",
            dependencies: [
                "CSpawn",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "DistributedCronHTTP",
            dependencies: [
                "DistributedCron",
                .product(name: "Crypto", package: "swift-crypto", condition: .when(traits: ["HTTP"])),
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["HTTP"])),
                .product(name: "HummingbirdCore", package: "hummingbird", condition: .when(traits: ["HTTP"])),
                .product(name: "HTTPTypes", package: "swift-http-types", condition: .when(traits: ["HTTP"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras", condition: .when(traits: ["HTTP"])),
                .product(
                    name: "ServiceLifecycle",
                    package: "swift-service-lifecycle",
                    condition: .when(traits: ["HTTP"])
                ),
            ],
            resources: [.embedInCode("openapi.yaml")],
            swiftSettings: settings
        ),
        .target(
            name: "DistributedCronMariaDB",
            dependencies: [
                "DistributedCron",
                .target(name: "CMariaDB", condition: .when(traits: ["MariaDB"])),
                .product(name: "DequeModule", package: "swift-collections", condition: .when(traits: ["MariaDB"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["MariaDB"])),
                .product(
                    name: "ServiceLifecycle",
                    package: "swift-service-lifecycle",
                    condition: .when(traits: ["MariaDB"])
                ),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "DistributedCronZooKeeper",
            dependencies: [
                "DistributedCron",
                .target(name: "CZooKeeper", condition: .when(traits: ["ZooKeeper"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["ZooKeeper"])),
                .product(
                    name: "ServiceLifecycle",
                    package: "swift-service-lifecycle",
                    condition: .when(traits: ["ZooKeeper"])
                ),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "DistributedCronTesting",
            dependencies: [
                "DistributedCron",
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "distcron-simulate",
            dependencies: [
                "DistributedCron",
                "DistributedCronTesting",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        // What the programs have in common: what they are told, how they say what is wrong, what they connect to.
        .target(
            name: "DistributedCronProcess",
            dependencies: [
                "DistributedCron",
                .target(name: "DistributedCronMariaDB", condition: .when(traits: ["MariaDB"])),
                .target(name: "DistributedCronZooKeeper", condition: .when(traits: ["ZooKeeper"])),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "distcron-server",
            dependencies: [
                "DistributedCron",
                "DistributedCronHTTP",
                "DistributedCronProcess",
                .target(name: "DistributedCronZooKeeper", condition: .when(traits: ["ZooKeeper"])),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["HTTP"])),
            ],
            path: "Examples/Server",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "distcron-manager",
            dependencies: [
                "DistributedCron",
                "DistributedCronProcess",
                .target(name: "DistributedCronZooKeeper", condition: .when(traits: ["ZooKeeper"])),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Examples/Manager",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "distcron-worker",
            dependencies: [
                "DistributedCron",
                "DistributedCronProcess",
                .target(name: "DistributedCronZooKeeper", condition: .when(traits: ["ZooKeeper"])),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Examples/Worker",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "distcron",
            dependencies: [
                "DistributedCron",
                "DistributedCronHTTP",
                "DistributedCronProcess",
                .target(name: "DistributedCronMariaDB", condition: .when(traits: ["MariaDB"])),
                .target(name: "DistributedCronZooKeeper", condition: .when(traits: ["ZooKeeper"])),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "DistributedCronHTTPTests",
            dependencies: [
                "DistributedCron",
                "DistributedCronHTTP",
                "DistributedCronTesting",
                .product(name: "HTTPTypes", package: "swift-http-types", condition: .when(traits: ["HTTP"])),
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["HTTP"])),
                .product(name: "HummingbirdTesting", package: "hummingbird", condition: .when(traits: ["HTTP"])),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOCore", package: "swift-nio", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOEmbedded", package: "swift-nio", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras", condition: .when(traits: ["HTTP"])),
                .product(name: "NIOPosix", package: "swift-nio", condition: .when(traits: ["HTTP"])),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "distcronTests",
            dependencies: [
                "distcron",
                "DistributedCron",
                "DistributedCronHTTP",
                "DistributedCronProcess",
                .target(name: "DistributedCronMariaDB", condition: .when(traits: ["MariaDB"])),
                .target(name: "DistributedCronZooKeeper", condition: .when(traits: ["ZooKeeper"])),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "DistributedCronMariaDBTests",
            dependencies: [
                "DistributedCron",
                "DistributedCronMariaDB",
                "DistributedCronTesting",
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["MariaDB"])),
                .product(
                    name: "ServiceLifecycle",
                    package: "swift-service-lifecycle",
                    condition: .when(traits: ["MariaDB"])
                ),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "DistributedCronZooKeeperTests",
            dependencies: [
                "DistributedCron",
                "DistributedCronTesting",
                "DistributedCronZooKeeper",
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["ZooKeeper"])),
                .product(
                    name: "ServiceLifecycle",
                    package: "swift-service-lifecycle",
                    condition: .when(traits: ["ZooKeeper"])
                ),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "DistributedCronTests",
            dependencies: [
                "DistributedCron",
                "DistributedCronTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Corpus")],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
