#if ZooKeeper
extension ZooKeeperLayout {
    /// A process that has said which version of the coordination protocol it speaks.
    package struct Speaker: Sendable, Hashable {
        /// The node in which it says so: a worker's registration, or a candidate of the election.
        package let path: String
        /// The version.
        package let version: Int

        /// Describes a process.
        package init(path: String, version: Int) {
            self.path = path
            self.version = version
        }
    }

    /// The processes that are registered as workers or stand for election, as the ensemble knows them now.
    ///
    /// It costs one read for each of them, many asked for at once.
    ///
    /// - Throws: ``ZooKeeperError``; `CancellationError`.
    package func speakers(_ session: ZooKeeperSession) async throws -> [Speaker] {
        try await session.resolving(self.root) { _ in
            try await session.sync(self.root)
            var speakers: [Speaker] = []
            for parent in [self.workers, self.leader] {
                let names = try await session.children(of: parent).names
                for found in try await session.nodes(names, in: parent) {
                    let said = VersionRecord(json: found.node.data)?.version ?? CoordinationProtocol.first
                    speakers.append(Speaker(path: "\(parent)/\(found.name)", version: Int(Int32(clamping: said))))
                }
            }
            return speakers
        }
    }

    /// Refuses to be one of processes of which another speaks a version that is not the next one, up or down.
    ///
    /// Two that join in the same moment may not see one another; the next that joins sees both.
    ///
    /// - Parameters:
    ///   - session: A session with the cluster's credentials.
    ///   - version: The version that this process speaks.
    /// - Throws: ``ZooKeeperError``, of the kind `otherVersion` if there is such a process; `CancellationError`.
    package func refuseSkew(
        _ session: ZooKeeperSession,
        version: Int = CoordinationProtocol.version
    ) async throws {
        let speakers = try await self.speakers(session)
        let other = speakers.max { abs($0.version - version) < abs($1.version - version) }
        guard let other, abs(other.version - version) > CoordinationProtocol.tolerance else { return }
        let advice =
            other.version > version
            ? "install the release that the others have"
            : "upgrade the others first, by way of the releases between, or stop them"
        throw ZooKeeperError(
            .otherVersion,
            operation: "join \(self.root)",
            message: "this program speaks version \(version) of the coordination protocol, and \(other.path) in "
                + "ZooKeeper is of one that speaks version \(other.version); \(advice)"
        )
    }
}
#endif
