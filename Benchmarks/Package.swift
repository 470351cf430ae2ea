// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "DistributedCron", path: "..", traits: [])],
    targets: [
        .target(name: "CAllocationCount"),
        .executableTarget(
            name: "schedule-benchmark",
            dependencies: ["CAllocationCount", .product(name: "DistributedCron", package: "DistributedCron")]
        ),
    ],
    swiftLanguageModes: [.v6]
)
