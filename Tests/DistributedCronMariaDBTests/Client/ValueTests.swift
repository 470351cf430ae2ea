#if MariaDB
import Foundation
import Testing

@testable import DistributedCronMariaDB

/// Values come back from the server as they were sent, one by one and in batches.
@Suite(.enabled(if: TestServers.mariadb != nil), .timeLimit(.minutes(10)))
struct ValueTests {
    private static let table = """
        CREATE TABLE samples (id INT NOT NULL PRIMARY KEY, i BIGINT, u BIGINT UNSIGNED, d DOUBLE, t LONGTEXT, b LONGBLOB,
            m DATETIME(6)) DEFAULT CHARACTER SET = utf8mb4
        """

    private struct Sample: Hashable, Sendable {
        var id: Int64
        var int: Int64?
        var uint: UInt64?
        var double: Double?
        var text: String?
        var bytes: [UInt8]?
        var date: Date?

        var values: [SQLValue] {
            [
                .int(self.id),
                self.int.map { .int($0) } ?? .null,
                self.uint.map { .uint($0) } ?? .null,
                self.double.map { .double($0) } ?? .null,
                .text(self.text),
                self.bytes.map { .bytes($0) } ?? .null,
                .date(self.date),
            ]
        }

        static func read(_ row: ResultRow) throws -> Self {
            Self(
                id: try row.int64(0),
                int: try row.optionalInt64(1),
                uint: try row.optionalUInt64(2),
                double: try row.optionalDouble(3),
                text: try row.optionalText(4),
                bytes: try row.optionalBytes(5),
                date: try row.optionalDate(6)
            )
        }
    }

    private static let samples = [
        Sample(id: 0),
        Sample(id: 1, int: .min, uint: .max, double: -0.1, text: "", bytes: [], date: Date(timeIntervalSince1970: 0)),
        Sample(
            id: 2,
            int: .max,
            uint: 0,
            double: .greatestFiniteMagnitude,
            text: "naïve 🕐 'q' \\ \u{0}",
            bytes: [0, 255, 39]
        ),
        Sample(id: 3, text: String(repeating: "é🕐", count: 200_000), date: Date(timeIntervalSince1970: -0.000001)),
        Sample(id: 4, bytes: Array(repeating: 7, count: 1_500_000), date: Date(timeIntervalSince1970: -62_135_596_800)),
        Sample(id: 5, date: Date(timeIntervalSince1970: 253_402_300_799.5)),
        Sample(id: 6, date: Date(timeIntervalSince1970: 1_709_210_096.123456)),
    ]

    @Test("Every kind of value comes back as it was sent", arguments: [false, true])
    func roundTrips(inBatch: Bool) async throws {
        try await Self.withTable { pool in
            let found = try await pool.withSession { session in
                let insertion = "INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?)"
                let rows = Self.samples.map(\.values)
                if inBatch {
                    #expect(try session.executeBatch(insertion, rows) == rows.count)
                } else {
                    for row in rows { #expect(try session.execute(insertion, row) == 1) }
                }
                return try session.query("SELECT * FROM samples ORDER BY id") { try Sample.read($0) }
            }
            for (found, sent) in zip(found, Self.samples) { #expect(found == sent, "sample \(sent.id)") }
            #expect(found.count == Self.samples.count)
        }
    }

    @Test("Batches of any length are written whole, and updates in a batch say how many rows matched")
    func batches() async throws {
        try await Self.withTable { pool in
            try await pool.withSession { session in
                #expect(try session.executeBatch("INSERT INTO samples (id, t) VALUES (?, ?)", []) == 0)
                let rows = (0..<2_503).map { [SQLValue.int(Int64($0)), .text("row \($0)")] }
                #expect(try session.executeBatch("INSERT INTO samples (id, t) VALUES (?, ?)", rows) == 2_503)
                // Every second of them is not there, and one that does not change matches all the same.
                let changes = (0..<1_000).map { [SQLValue.text("row 0"), .int(Int64($0 * 5_006 / 1_000 / 2 * 2))] }
                let matching = changes.count { if case .int(let id) = $0[1] { id < 2_503 } else { false } }
                #expect(try session.executeBatch("UPDATE samples SET t = ? WHERE id = ?", changes) == matching)
                let last = try session.query("SELECT COUNT(*), MAX(id), SUM(id) FROM samples") {
                    [try $0.int(0), try $0.int(1), try $0.int(2)]
                }
                #expect(last == [[2_503, 2_502, 2_502 * 2_503 / 2]])
            }
        }
    }

    @Test("A moment beyond the years that a DATETIME holds becomes the nearest that it does")
    func clamps() async throws {
        try await Self.withTable { pool in
            let found = try await pool.withSession { session in
                let rows: [[SQLValue]] = [
                    [.int(1), .date(.distantPast)], [.int(2), .date(.distantFuture + 1e12)],
                    [.int(3), .date(Date(timeIntervalSince1970: .infinity))],
                ]
                try session.executeBatch("INSERT INTO samples (id, m) VALUES (?, ?)", rows)
                return try session.query("SELECT YEAR(m) FROM samples ORDER BY id") { try $0.int(0) }
            }
            #expect(found == [1, 9_999, 9_999])
        }
    }

    @Test("What does not fit is an error that names the column")
    func refuses() async throws {
        try await Self.withTable { pool in
            try await pool.withSession { session in
                try session.execute("INSERT INTO samples (id, t) VALUES (1, 'x')")
                func failure(_ read: (ResultRow) throws -> Void) -> MariaDBError? {
                    #expect(throws: MariaDBError.self) { try session.query("SELECT id, t, i FROM samples", [], read) }
                }
                #expect(failure { _ = try $0.int(1) }?.message.contains("column t") == true)
                #expect(failure { _ = try $0.text(0) }?.message.contains("column id") == true)
                #expect(failure { _ = try $0.int(2) }?.message.contains("column i is NULL") == true)
                let mixed: [[SQLValue]] = [[.int(2), .text("a")], [.int(3), .int(4)]]
                let error = #expect(throws: MariaDBError.self) {
                    try session.executeBatch("INSERT INTO samples (id, t) VALUES (?, ?)", mixed)
                }
                #expect(error?.kind == .wrongType)
                #expect(throws: MariaDBError.self) { try session.execute("SELECT ?", []) }
                // The connection is as good as before.
                #expect(try session.query("SELECT COUNT(*) FROM samples") { try $0.int(0) } == [1])
            }
        }
    }

    private static func withTable(_ body: @Sendable (ConnectionPool) async throws -> Void) async throws {
        try await ScratchDatabase.with(TestServers.mariadb) { database in
            let pool = ConnectionPool(configuration: database.configuration, logger: ScratchDatabase.logger)
            try await pool.withSession { try $0.command(Self.table) }
            try await body(pool)
            await pool.close()
        }
    }
}
#endif
