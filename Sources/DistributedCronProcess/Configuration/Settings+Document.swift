#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if MariaDB
import DistributedCronMariaDB
import Logging
#endif
#if ZooKeeper
import DistributedCronZooKeeper
#endif

extension Settings {
    /// What counts of some settings, as a configuration file that says the same; a password stands in none.
    ///
    /// Where a URL says all of a service, its parts are shown.
    ///
    /// - Throws: ``Failure`` if a URL is not valid.
    package func document(of settings: [Setting]) throws -> String {
        var members: [String: String] = [:]
        for setting in settings { members[setting.key] = self.value(of: setting)?.text ?? setting.fallback }
        members.merge(try self.partsOfURLs()) { $1 }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(members), as: UTF8.self) + "\n"
    }

    private func partsOfURLs() throws -> [String: String] {
        var parts: [String: String] = [:]
        #if MariaDB
        if let database = try Database.named(by: self, logger: Logger(label: "distcron"))?.configuration {
            parts["database.hosts"] = database.hosts.map(\.description).joined(separator: ",")
            parts["database.name"] = database.database
            parts["database.user"] = database.user
            parts["database.pool"] = "\(database.poolSize)"
            switch database.tls {
            case .off: parts["database.tls"] = "off"
            case .required(let authority):
                parts["database.tls"] = "required"
                parts["database.ca"] = authority
            }
        }
        #endif
        #if ZooKeeper
        if let ensemble = try Ensemble.named(by: self) {
            parts["zookeeper.hosts"] = ensemble.hosts.map(\.description).joined(separator: ",")
            parts["zookeeper.chroot"] = ensemble.chroot
            parts["zookeeper.user"] = ensemble.credentials?.user
            parts["zookeeper.session"] = "\(Int(ensemble.sessionTimeout / .milliseconds(1)))ms"
        }
        #endif
        return parts
    }
}
