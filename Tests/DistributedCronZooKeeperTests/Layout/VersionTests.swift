#if ZooKeeper
import DistributedCron
import Testing

@testable import DistributedCronZooKeeper

/// Processes of several versions on one chroot.
@Suite(.enabled(if: TestServers.zookeeper != nil, "\(TestServers.howToName)"), .timeLimit(.minutes(5)))
struct VersionTests {
    /// Where a process says which version it speaks.
    enum Place: Sendable, CaseIterable {
        case registration, election

        func path(_ layout: ZooKeeperLayout) -> String {
            self == .registration ? "\(layout.workers)/w-1" : "\(layout.leader)/n_a_0"
        }
    }

    @Test("Versions go together that are one apart, up or down, and no others", arguments: Place.allCases)
    func refusesSkew(_ place: Place) async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let session = try await chroot.session()
            let layout = try await chroot.layout(session)
            let path = place.path(layout)
            try await layout.refuseSkew(session, version: 9)
            try await session.create(path, Array(#"{"version":5}"#.utf8), mode: .ephemeral)
            for version in 4...6 { try await layout.refuseSkew(session, version: version) }
            for version in [3, 7] {
                let error = await #expect(throws: ZooKeeperError.self) {
                    try await layout.refuseSkew(session, version: version)
                }
                #expect(error?.kind == .otherVersion)
                for word in ["version \(version) ", "version 5;", path] {
                    #expect(error?.sentence.contains(word) == true, "\(error.map { "\($0)" } ?? "")")
                }
            }
            await session.close()
        }
    }

    @Test("Who names no version speaks the first, and its records are read as ever")
    func readsTheFirst() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let coordinator = try await chroot.coordinator()
            let (session, layout) = (coordinator.session, coordinator.layout)
            let worker = WorkerDescription(id: WorkerID(rawValue: "w-1"), host: "h", capacity: 2)
            let record = #"{"capacity":2,"host":"h","pools":["default"]}"#
            try await session.create(layout.worker(worker.id), Array(record.utf8), mode: .ephemeral)
            try await session.create("\(layout.leader)/n_a_", Array("m-1".utf8), mode: .ephemeralSequential)
            #expect(try await layout.speakers(session).map(\.version) == [1, 1])
            #expect(await coordinator.members().first { _ in true } == [worker])
            #expect(try await coordinator.leader() == ManagerID(rawValue: "m-1"))
            try await layout.refuseSkew(session, version: 2)
            await #expect(throws: ZooKeeperError.self) { try await layout.refuseSkew(session, version: 3) }
            await session.close()
        }
    }

    @Test("Workers and managers say which version they speak, and none is too large to be read")
    func says() async throws {
        try await ScratchChroot.with(TestServers.zookeeper) { chroot in
            let coordinator = try await chroot.coordinator()
            let (session, layout) = (coordinator.session, coordinator.layout)
            try await coordinator.register(WorkerDescription(id: WorkerID(rawValue: "w-1"), host: "h", capacity: 1))
            _ = try await coordinator.campaign(as: ManagerID(rawValue: "m-1"))
            let own = CoordinationProtocol.version
            #expect(try await layout.speakers(session).map(\.version) == [own, own])
            #expect(try await coordinator.leader() == ManagerID(rawValue: "m-1"))
            let absurd = #"{"version":-9223372036854775808}"#
            try await session.create("\(layout.workers)/w-2", Array(absurd.utf8), mode: .ephemeral)
            await #expect(throws: ZooKeeperError.self) { try await layout.refuseSkew(session) }
            await session.close()
        }
    }
}
#endif
