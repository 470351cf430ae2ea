import DistributedCronTesting
import Glibc
import Logging
import Testing

@testable import DistributedCron

/// What a supervisor reads of a worker's lease.
@Suite(.timeLimit(.minutes(1))) struct LeaseWriterTests {
    private let place: TemporaryDirectory

    init() throws { self.place = try TemporaryDirectory() }

    private func file(_ name: String, in path: String) throws -> LeaseFile {
        try LeaseFile(name, in: try Descriptor.openDirectory(path))
    }

    /// Leases that are good until a second, the ledger's for one more.
    private static func until(_ second: Int) -> LeaseDeadlines {
        LeaseDeadlines(hold: .seconds(second), lease: .seconds(second + 1))
    }

    /// A writer that gave up, or went on in another order, would leave attempts with a lease that is over or too long.
    @Test("What was told last is written, and first of all into a new file")
    func writesTheLast() async throws {
        let writer = LeaseWriter(logger: SupervisorFixture.logger)
        writer.tell(Self.until(1))
        writer.use(try self.file("a.lease", in: self.place.path))
        let read = try self.file("a.lease", in: self.place.path)
        #expect(read.deadline(for: .hold) == .seconds(1))
        for second in 2...100 { writer.tell(Self.until(second)) }
        await writer.settle()
        #expect(read.deadline(for: .hold) == .seconds(100))
        #expect(read.deadline(for: .lease) == .seconds(101))
        writer.tell(LeaseDeadlines())
        await writer.settle()
        #expect(read.deadline(for: .hold) == nil)
    }

    @Test("A file of one time, as it was before there were two leases, means it for both")
    func readsOneTime() throws {
        let read = try self.file("a.lease", in: self.place.path)
        let directory = try Descriptor.openDirectory(self.place.path)
        let file = try Descriptor.open("a.lease", in: directory, O_WRONLY, mode: 0o600)
        let time = UInt64(5_000_000_000).littleEndian
        try withUnsafeBytes(of: time) { try file.write($0) }
        for policy in OutagePolicy.allCases { #expect(read.deadline(for: policy) == .seconds(5)) }
    }

    /// A disk that fails must not fill the log, and whoever reads that has to hear that it is over.
    @Test("A lease that cannot be written is told of once, and once more when it can")
    func tellsOfChanges() async throws {
        let lines = KeptLines.Lines()
        let writer = LeaseWriter(logger: Logger(label: "test") { _ in KeptLines(lines) })
        // Whatever is written to it fails as on a full disk: full(4).
        writer.use(try self.file("full", in: "/dev"))
        for second in 1...3 { writer.tell(Self.until(second)) }
        await writer.settle()
        #expect(lines.take().map(\.text) == ["The lease cannot be written down"])
        writer.use(try self.file("a.lease", in: self.place.path))
        writer.tell(Self.until(4))
        await writer.settle()
        #expect(lines.take().map(\.text) == ["The lease can be written down again"])
    }

    /// A worker that stands still while it hands its lease over must not give the supervisor more of it than it has.
    @Test("A delay between the lease and the file does not make the lease longer")
    func endsOnTime() async throws {
        try await SupervisorFixture.with { fixture in
            try await fixture.executor.prepare()
            let end = Lock(Duration.zero)
            fixture.executor.renewLease { _ in
                end.withLock { $0 = LeaseFile.now + .seconds(60) }
                return .seconds(60)
            }
            await fixture.executor.leases.settle()
            let file = try self.file("w-1\(LeaseFile.suffix)", in: fixture.directory)
            let deadline = try #require(file.deadline(for: .hold))
            let latest = end.withLock { $0 }
            #expect(deadline <= latest)
        }
    }
}
