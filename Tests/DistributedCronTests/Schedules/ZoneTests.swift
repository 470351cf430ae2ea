import DistributedCronTesting
import Foundation
import Testing

@testable import DistributedCron

@Suite("Time zones")
struct ZoneTests {
    @Test("UTC needs no database, and zones of one name are one object")
    func identity() throws {
        #expect(try Zone.named("UTC") === Zone.utc)
        #expect(try Zone.named("Europe/Berlin") === Zone.named("Europe/Berlin"))
        #expect(try Zone.named("Europe/Berlin").description == "Europe/Berlin")
    }

    @Test("Offsets follow the file and, beyond it, its rule")
    func offsets() throws {
        let berlin = try Zone.named("Europe/Berlin")
        #expect(berlin.offset(at: try #require(Instant("2026-03-29T00:59:59Z"))) == 3_600)
        #expect(berlin.offset(at: try #require(Instant("2026-03-29T01:00:00Z"))) == 7_200)
        #expect(berlin.offset(at: try #require(Instant("2190-07-01T00:00:00Z"))) == 7_200)
        #expect(berlin.offset(at: try #require(Instant("2190-12-01T00:00:00Z"))) == 3_600)
        #expect(berlin.offset(at: .distantPast) == 3_600)
        #expect(berlin.offset(at: .distantFuture) == 3_600)
        #expect(try Zone.named("Asia/Kathmandu").offset(at: .distantFuture) == 20_700)
        // Its rule changes the clocks at hour -1 of a Sunday, that is, on the Saturday before.
        let nuuk = try Zone.named("America/Nuuk")
        #expect(nuuk.offset(at: try #require(Instant("2040-03-25T00:59:59Z"))) == -7_200)
        #expect(nuuk.offset(at: try #require(Instant("2040-03-25T01:00:00Z"))) == -3_600)
    }

    @Test("Every zone of the machine can be read and covers all time without gaps")
    func everyZone() throws {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: "/usr/share/zoneinfo")
        let names = paths.filter { $0.hasPrefix("America/") || $0.hasPrefix("Europe/") || $0.hasPrefix("A") }
        for name in names where ZoneDatabase.isValid(name) {
            var isDirectory: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/\(name)", isDirectory: &isDirectory)
            if isDirectory.boolValue { continue }
            let zone = try Zone.named(name)
            for (span, following) in zip(zone.spans, zone.spans.dropFirst()) {
                #expect(span.end == following.start && span.offset + following.shift == following.offset, "\(name)")
                #expect(following.shift != 0, "\(name)")
            }
        }
    }

    @Test(
        "An unknown zone is answered with the one that was meant",
        arguments: [
            ("Europe/Berln", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), ("Berlin", "Europe/Berlin"),
            ("America/New York", "America/New_York"), ("utc", "UTC"), ("Amerika/New_York", "America/New_York"),
        ]
    )
    func suggestions(_ name: String, _ suggestion: String) throws {
        let error = try #require(throws: ZoneError.self) { try Zone.named(name) }
        #expect(error.kind == .unknownZone)
        #expect(error.suggestion == suggestion)
        #expect(error.message.contains(suggestion))
    }

    @Test(
        "Names that are no names never become a path",
        arguments: [
            "", "/etc/passwd", "../../etc/passwd", "Europe/../../../etc/passwd", "Europe//Berlin", ".",
            "Europe/Berlin\0", "Europe/", "Europe", "zone.tab", "\u{1B}[2J", String(repeating: "a", count: 5_000),
        ]
    )
    func invalidNames(_ name: String) throws {
        let error = try #require(throws: ZoneError.self) { try Zone.named(name) }
        #expect(error.kind == .unknownZone)
        #expect(error.message.utf8.count < 250)
        #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    @Test("A machine without tzdata is told to install it, and a broken file is not taken for none")
    func brokenDatabases() throws {
        let missing = ZoneDatabase(directories: ["/nonexistent"])
        let error = try #require(throws: ZoneError.self) { try missing.zone(named: "Europe/Berlin") }
        #expect(error.kind == .missingData)
        #expect(error.message.contains("tzdata"))
        let directory = FileManager.default.temporaryDirectory.appending(path: "zones-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let good = try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Europe/Berlin"))
        let database = ZoneDatabase(directories: [directory.path()])
        for (name, bytes) in [
            ("Empty", Data()), ("Cut", good.prefix(600)), ("Text", Data("TZif? no".utf8)), ("Tail", good.dropLast()),
        ] {
            try bytes.write(to: directory.appending(path: name))
            let error = try #require(throws: ZoneError.self) { try database.zone(named: name) }
            #expect(error.kind == .corruptData)
        }
    }

    @Test("A damaged file is refused or read, but never traps")
    func damagedFiles() throws {
        let good = Array(try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/America/New_York")))
        var generator = SeededGenerator(seed: testSeed())
        for _ in 0..<2_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            guard let file = try? ZoneFile(bytes) else { continue }
            let zone = Zone(name: "Damaged", initialOffset: file.initialOffset, changes: file.changes)
            _ = try Schedule("30 2 * * *", zone: zone).count(after: .distantPast, through: .distantFuture)
        }
    }

    @Test("POSIX rules with quoted names, Julian days and odd hours are read; others are not")
    func posixRules() throws {
        #expect(PosixZoneRule("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1".utf8)?.standardOffset == -10_800)
        #expect(PosixZoneRule("EST5EDT4,J60/25:30,299".utf8)?.changes(after: 0, through: 31_536_000).count == 2)
        #expect(PosixZoneRule("IST-5:30".utf8)?.standardOffset == 19_800)
        for text in [
            "", "E5", "EST", "EST5EDT", "EST5EDT,M13.1.0,M1.1.0", "EST5EDT,M3.2.0", "EST5x", "<EST5", "EST168",
        ] {
            #expect(PosixZoneRule(text.utf8) == nil, "\(text)")
        }
    }
}
