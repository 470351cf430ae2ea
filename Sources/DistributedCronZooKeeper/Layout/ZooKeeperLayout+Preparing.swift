#if ZooKeeper
package import DistributedCron

extension ZooKeeperLayout {
    /// Makes a cluster's nodes unless they are there.
    ///
    /// - Parameters:
    ///   - session: A session with the cluster's credentials.
    ///   - root: The path under which everything lies.
    ///   - cluster: The cluster to which the path has to belong.
    ///   - incarnation: Which life of the ensemble it is if the nodes have to be made; what is there stays.
    /// - Returns: The layout, with the incarnation that counts.
    /// - Throws: ``ZooKeeperError``, of the kind `otherCluster` if the path belongs to another; `CancellationError`.
    package static func prepare(
        _ session: ZooKeeperSession,
        root: String,
        cluster: ClusterID,
        incarnation: UInt64
    ) async throws -> Self {
        do {
            return try await session.resolving("/") { _ in
                try await self.make(session, root: root, cluster: cluster, incarnation: incarnation)
            }
        } catch let error as ZooKeeperError where error.kind == .denied {
            throw ZooKeeperError(
                .denied,
                operation: error.operation,
                message: "\(root) belongs to somebody with other credentials"
            )
        }
    }

    /// What another process has made at a path, if one has; nothing is made.
    ///
    /// - Throws: ``ZooKeeperError``, of the kind `denied` if it belongs to somebody with other credentials;
    ///   `CancellationError`.
    package static func found(_ session: ZooKeeperSession, root: String) async throws -> Self? {
        try await session.resolving("/") { _ in
            try await session.sync("/")
            guard let node = try await session.node("\(root)/cluster") else { return nil }
            let record = try self.read(node.data, root: root)
            return Self(root: root, cluster: ClusterID(rawValue: record.cluster), incarnation: record.incarnation)
        }
    }

    private static func make(
        _ session: ZooKeeperSession,
        root: String,
        cluster: ClusterID,
        incarnation: UInt64
    ) async throws -> Self {
        try await self.makeRoot(root, session)
        let own = ClusterRecord(
            format: ClusterRecord.currentFormat,
            cluster: cluster.rawValue,
            incarnation: incarnation
        )
        do {
            // All at once, so that whoever finds the first finds the others.
            try await session.commit(
                [.create("\(root)/cluster", data: try own.json())]
                    + ["leader", "workers", "assign", "tasks", "changes", "ops", "ops/drain"].map {
                        .create("\(root)/\($0)")
                    }
            )
            return Self(root: root, cluster: cluster, incarnation: incarnation)
        } catch let error as ZooKeeperError where error.kind == .nodeExists {
            try await session.sync(root)
            let found = try self.read(try await session.get("\(root)/cluster").data, root: root)
            guard found.cluster == cluster.rawValue else {
                throw ZooKeeperError(
                    .otherCluster,
                    operation: "prepare \(root)",
                    message: "\(root) in ZooKeeper belongs to cluster \(found.cluster), and not to \(cluster); "
                        + "give each cluster a chroot of its own"
                )
            }
            try await self.completeOlder(root, session)
            return Self(root: root, cluster: cluster, incarnation: found.incarnation)
        }
    }

    /// Makes the path itself.
    ///
    /// What is above it may be shared with others, so it is everybody's.
    private static func makeRoot(_ root: String, _ session: ZooKeeperSession) async throws {
        let names = root.split(separator: "/")
        for count in 1...names.count {
            let path = "/" + names.prefix(count).joined(separator: "/")
            // Asked first, because who may not create is told so even where there is nothing to create.
            guard try await session.stat(path) == nil else { continue }
            do {
                try await session.create(path, access: count < names.count ? .everybody : nil)
            } catch let error as ZooKeeperError where error.kind == .nodeExists {
                // Somebody was faster.
            } catch let error as ZooKeeperError where error.kind == .denied {
                throw ZooKeeperError(
                    .configuration,
                    operation: error.operation,
                    message:
                        "\(path) is not in ZooKeeper, and what is above it does not let these credentials make it; "
                        + "have it made, or name another chroot"
                )
            }
        }
    }

    /// Makes what the program that has made the cluster's nodes did not know of.
    private static func completeOlder(_ root: String, _ session: ZooKeeperSession) async throws {
        for path in ["\(root)/ops", "\(root)/ops/drain"] {
            guard try await session.stat(path) == nil else { continue }
            do {
                try await session.create(path)
            } catch let error as ZooKeeperError where error.kind == .nodeExists {}
        }
    }

    private static func read(_ data: [UInt8], root: String) throws -> ClusterRecord {
        let record = ClusterRecord(json: data)
        guard let record, record.format <= ClusterRecord.currentFormat else {
            let problem =
                record.map { "is of format \($0.format): a newer program has made it" } ?? "is not JSON of ours"
            throw ZooKeeperError(.malformed, operation: "prepare \(root)", message: "\(root)/cluster \(problem)")
        }
        return record
    }
}
#endif
