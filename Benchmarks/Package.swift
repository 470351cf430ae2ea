// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "Benchmarks",
    dependencies: [
        .package(name: "DistributedCron", path: "..", traits: []),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
    ],
    targets: [
        .target(name: "CAllocationCount"),
        .target(name: "CHeapUse"),
        .executableTarget(
            name: "schedule-benchmark",
            dependencies: ["CAllocationCount", .product(name: "DistributedCron", package: "DistributedCron")]
        ),
        .executableTarget(
            name: "store-benchmark",
            dependencies: [
                "CHeapUse",
                .product(name: "DistributedCron", package: "DistributedCron"),
                .product(name: "DistributedCronTesting", package: "DistributedCron"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
