#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Synchronization

/// The directories in which a machine keeps its compiled time zones.
struct ZoneDatabase: Sendable {
    var directories: [String]

    /// `TZDIR` first, then where Linux distributions, the BSDs, Solaris and macOS keep tzdata.
    static let system = ZoneDatabase(
        directories: [ProcessInfo.processInfo.environment["TZDIR"]].compactMap { $0 }.filter { !$0.isEmpty } + [
            "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo",
            "/var/db/timezone/zoneinfo",
        ]
    )

    /// Reads a zone from its file.
    func zone(named name: String) throws(ZoneError) -> Zone {
        guard Self.isValid(name) else { throw self.unknown(name) }
        guard let path = self.path(of: name) else { throw self.unknown(name) }
        do {
            let file = try ZoneFile(Array(try Data(contentsOf: URL(filePath: path))))
            return Zone(name: name, initialOffset: file.initialOffset, changes: file.changes)
        } catch {
            let reason = (error as? ZoneFile.Malformed)?.reason ?? "it cannot be read"
            throw ZoneError(
                .corruptData,
                name: name,
                message: "The time zone file of \(name) is not usable: \(reason). Reinstall the tzdata package."
            )
        }
    }

    /// Whether a name can be the name of a zone: only then does it become part of a path.
    static func isValid(_ name: String) -> Bool {
        guard (1...64).contains(name.utf8.count) else { return false }
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            // This excludes "", "." and "..", and with them absolute paths and ways out of the directory.
            part.contains { $0.isLetter }
                && part.allSatisfy { $0.isLetter || $0.digit != nil || "_+-".utf8.contains($0) }
        }
    }

    private func path(of name: String) -> String? {
        self.directories.lazy.map { "\($0)/\(name)" }.first { path in
            var isDirectory = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory
        }
    }

    private func unknown(_ name: String) -> ZoneError {
        let shown = excerpt(name)
        guard let names = self.names else {
            return ZoneError(
                .missingData,
                name: shown,
                message: "There is no time zone database on this machine. Install the tzdata package, or use UTC."
            )
        }
        let suggestion = name.utf8.count > 64 ? nil : Self.suggestion(for: name, among: names)
        let help = suggestion.map { " Did you mean \($0)?" } ?? " Use an IANA name such as Europe/Berlin, or UTC."
        return ZoneError(
            .unknownZone,
            name: shown,
            suggestion: suggestion,
            message: "There is no time zone called '\(shown)'.\(help)"
        )
    }

    private static func suggestion(for name: String, among names: [String]) -> String? {
        let same = names.first { $0.lowercased() == name.lowercased() }
        if let same { return same }
        let city = "/" + name.lowercased().replacing(" ", with: "_")
        let byCity = names.filter { $0.lowercased().hasSuffix(city) }
        return byCity.count == 1 ? byCity[0] : nearest(to: name.replacing(" ", with: "_"), among: names)
    }
}

extension ZoneDatabase {
    /// The names of all zones, for suggestions; nil if there is no database at all.
    private var names: [String]? {
        if let names = Self.listed.withLock({ $0[self.directories] }) { return names }
        let names = self.directories.lazy.compactMap { directory in
            (try? FileManager.default.subpathsOfDirectory(atPath: directory))?.filter(Self.isZoneName).sorted()
        }.first { !$0.isEmpty }
        if let names { Self.listed.withLock { $0[self.directories] = names } }
        return names
    }

    /// Whether a path below the directory names a zone, and not a second copy of one or another file.
    private static func isZoneName(_ path: String) -> Bool {
        guard Self.isValid(path), path.utf8.first.map({ (0x41...0x5A).contains($0) }) == true else { return false }
        // Bare directory names, such as "Europe", pass; they are harmless as they are far from every misspelling of a
        // zone, and asking the file system about each path would cost more than it is worth.
        return path != "SECURITY"
    }

    private static let listed = Lock<[[String]: [String]]>([:])
}
