import Testing

@testable import DistributedCron

/// What was added to policies after the first records were written.
///
/// A field that is read at another place than it was written at would make a job behave as nobody has asked for, after a
/// restart and not before.
@Suite("Policies that came later are kept beside versions, whatever program has written them")
struct JobRecordTests {
    private static func versions(_ policies: [(OutagePolicy, LapseConduct?)]) throws -> [JobVersion] {
        try policies.enumerated().map { index, choices in
            let definition = try JobDefinition.command("@daily") {
                $0.onOutage = choices.0
                $0.onLapseChoice = choices.1
            }
            return JobVersion(number: index + 1, effectiveFrom: .monday(), definition: definition)
        }
    }

    private static func bytes(_ versions: [JobVersion]) -> [UInt8] {
        var writer = RecordWriter()
        writer.laterPolicies(of: versions)
        return writer.bytes
    }

    /// What versions are that had the defaults before their later policies were read.
    private static func read(_ bytes: [UInt8], _ count: Int) throws -> [JobVersion] {
        let defaults: (OutagePolicy, LapseConduct?) = (.hold, nil)
        var versions = try Self.versions(Array(repeating: defaults, count: count))
        var reader = RecordReader(bytes[...])
        try reader.laterPolicies(of: &versions)
        return versions
    }

    @Test("Whatever versions say of outages and lapses comes back, each at its own version")
    func roundTrip() throws {
        let lapses: [LapseConduct?] = [nil, .stop, .finish]
        for first in lapses {
            for second in lapses {
                for outage in OutagePolicy.allCases {
                    let versions = try Self.versions([(outage, first), (.hold, second)])
                    #expect(try Self.read(Self.bytes(versions), 2) == versions)
                }
            }
        }
    }

    @Test("Where nothing differs from the defaults nothing is written")
    func defaults() throws {
        #expect(Self.bytes(try Self.versions([(.hold, nil), (.hold, nil)])).isEmpty)
    }

    @Test("What a program wrote that knew of outages and not of lapses is read, and still written so if it says it all")
    func older() throws {
        var older = RecordWriter()
        older.list([OutagePolicy.lease, .hold]) { $0.text($1.rawValue) }
        let versions = try Self.versions([(.lease, nil), (.hold, nil)])
        #expect(try Self.read(older.bytes, 2) == versions)
        #expect(Self.bytes(versions) == older.bytes)
        // That program reads what it knows of, and nothing after it.
        let chosen = try Self.versions([(.lease, .stop), (.hold, nil)])
        #expect(Self.bytes(chosen).starts(with: older.bytes))
    }

    @Test("Policies of more or fewer versions than there are, or unknown ones, are damage")
    func damage() throws {
        let bytes = Self.bytes(try Self.versions([(.hold, .stop), (.hold, nil)]))
        for count in [1, 3] { #expect(throws: RecordReader.Malformed.self) { try Self.read(bytes, count) } }
        var unknown = RecordWriter()
        unknown.list([OutagePolicy.hold]) { $0.text($1.rawValue) }
        unknown.list(["perhaps"]) { writer, text in writer.optional(text) { $0.text($1) } }
        #expect(throws: RecordReader.Malformed.self) { try Self.read(unknown.bytes, 1) }
    }
}
