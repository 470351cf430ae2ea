#if ZooKeeper
package import DistributedCronZooKeeper

/// The ensemble that a program's settings name.
package enum Ensemble {
    /// Reads the settings.
    ///
    /// - Returns: The ensemble, or nil if none is named.
    /// - Throws: ``Failure`` if what is said of it is wrong.
    package static func named(by settings: Settings) throws -> ZooKeeperConfiguration? {
        do {
            return try ZooKeeperConfiguration.configuration(of: settings.environment)
        } catch let error as ZooKeeperError {
            throw Failure(.configuration, settings.placing(error.message))
        }
    }

    /// The same, where there has to be one.
    ///
    /// - Throws: ``Failure``.
    package static func required(by settings: Settings) throws -> ZooKeeperConfiguration {
        guard let configuration = try Self.named(by: settings) else {
            throw Failure(
                .configuration,
                "no ensemble is named",
                help: "DISTCRON_ZOOKEEPER_URL=zookeeper://user:password@host:2181/chroot"
            )
        }
        return configuration
    }
}

extension Failure {
    /// What an ensemble refuses.
    package init(ensemble error: ZooKeeperError) {
        let code: Code =
            switch error.kind {
            case .denied: .notPermitted
            case .configuration, .otherCluster, .otherVersion, .malformed: .configuration
            default: .unavailable
            }
        self.init(code, error.sentence)
    }
}
#endif
