import Glibc
import Testing

@testable import DistributedCron

@Suite(.timeLimit(.minutes(5))) struct FullOutputTests {
    private func content(of report: AttemptReport, in fixture: ExecutionFixture) async throws -> [UInt8] {
        let artifact = try #require(report.fullOutput)
        var bytes: [UInt8] = []
        for try await piece in try await fixture.artifacts.read(artifact.digest) { bytes += piece }
        #expect(bytes.count == artifact.size)
        return bytes
    }

    @Test("An output that its tail can hold is not stored beside it")
    func short() async throws {
        let fixture = try ExecutionFixture(outputLimit: 1_000)
        let report = await fixture.run("head -c 1000 /dev/zero")
        #expect(report.output.count == 1_000)
        #expect(report.fullOutput == nil)
    }

    @Test("A longer one is stored whole, both streams in the order in which they came")
    func long() async throws {
        let fixture = try ExecutionFixture(outputLimit: 1_000)
        let report = await fixture.run("seq 1 50000; sleep 0.2; echo error >&2; sleep 0.2; echo end")
        #expect(report.outcome == .exited(0))
        let expected = (1...50_000).map { "\($0)\n" }.joined() + "error\nend\n"
        #expect(try await self.content(of: report, in: fixture) == Array(expected.utf8))
        #expect(report.outputBytes == expected.utf8.count)
        #expect(report.text().hasSuffix("error\nend\n"))
        #expect(try entries(of: "\(fixture.directory)/work/0") == [])
    }

    @Test("Beyond the limit a line says how much is missing, and the tail has the end")
    func limit() async throws {
        let fixture = try ExecutionFixture(outputLimit: 1_000, fullOutputLimit: 30_000)
        let report = await fixture.run("head -c 100000 /dev/zero | tr '\\000' x; echo end")
        let bytes = try await self.content(of: report, in: fixture)
        #expect(bytes.prefix(30_000).allSatisfy { $0 == UInt8(ascii: "x") })
        let line = String(decoding: bytes.dropFirst(30_000), as: UTF8.self)
        #expect(
            line == "\n[distcron: 70004 more bytes of output were not kept here, beyond the limit of 30000 bytes]\n"
        )
        #expect(report.text().hasSuffix("xend\n"))
    }

    @Test("What a cancelled attempt wrote is stored too")
    func cancelled() async throws {
        let fixture = try ExecutionFixture(outputLimit: 1_000)
        let bell = try JobBell(in: fixture.directory)
        let order = ExecutionFixture.order(.command("head -c 70000 /dev/zero; \(bell.ring); exec sleep 600"))
        let report = try await withThrowingTaskGroup(of: AttemptReport.self) { group in
            group.addTask { await fixture.run(order) }
            try await bell.heard()
            group.cancelAll()
            return try #require(try await group.next())
        }
        #expect(report.outcome == .cancelled)
        #expect(try await self.content(of: report, in: fixture).count == 70_000)
    }

    @Test("A full disk costs the rest of the stored output, which says so, and the attempt goes on")
    func fullDisk() throws {
        let spool = OutputSpool(limit: 1_000_000) { () throws(SystemError) in
            let number = open("/dev/full", O_WRONLY | O_CLOEXEC)
            guard number >= 0 else { throw SystemError(doing: "open /dev/full") }
            return Descriptor(owning: number)
        }
        let output = AttemptOutput(maximumTailBytes: 10)
        self.append(20, to: spool, of: output)
        // Not a byte of it could be kept, so there is nothing to store.
        #expect(spool.content() == nil)

        // A pipe that nobody reads is a disk that fills up.
        let pipe = try Pipe()
        let number = dup(pipe.writeEnd.number)
        #expect(fcntl(number, F_SETFL, O_NONBLOCK) == 0)
        let half = OutputSpool(limit: 1_000_000) { Descriptor(owning: number) }
        let other = AttemptOutput(maximumTailBytes: 10)
        self.append(8, to: half, of: other)
        #expect(half.content() == nil, "the tail still has all of it")
        self.append(8, to: half, of: other)
        self.append(100_000, to: half, of: other)
        self.append(5, to: half, of: other)
        let content = try #require(half.content())
        #expect(content.size == 16)
        #expect(content.remark?.contains("100005 more bytes") == true)
        #expect(content.remark?.contains("Resource temporarily unavailable") == true)
        #expect(other.count == 100_021)
        // Closed before, its reading end would make a write a signal.
        #expect(pipe.readEnd.number >= 0)
    }

    private func append(_ count: Int, to spool: OutputSpool, of output: AttemptOutput) {
        let bytes = [UInt8](repeating: 1, count: count)
        bytes.withUnsafeBytes { spool.append($0, to: output) }
        output.append(bytes, from: .stdout)
    }
}
