import DistributedCronTesting
import Logging
import Testing

@testable import DistributedCron

/// A worker has no API: its log is all that tells an operator of an outage.
@Suite("What a worker's log says of an outage")
struct OutageLogTests {
    private let clock = ManualClock()
    private let wallClock = ManualWallClock(now: Instant.monday().date)
    private let lines = KeptLines.Lines()
    private let lease: WorkerLease

    init() { self.lease = WorkerLease(length: .seconds(30), margin: .seconds(15), clock: self.clock) }

    private func log() -> OutageLog {
        let logger = Logger(label: "test") { [lines] _ in KeptLines(lines) }
        return OutageLog(lease: self.lease, wallClock: self.wallClock, logger: logger) { 7 }
    }

    private func pass(_ seconds: Int) {
        self.clock.advance(by: .seconds(seconds))
        self.wallClock.advance(by: .seconds(seconds))
    }

    /// Without this nobody sees in the log that a worker holds, since when, and that it is not broken.
    @Test("It says since when there is no answer, by what the worker goes on and until when, and that it is over")
    func told() throws {
        var log = self.log()
        self.lease.acknowledge(sentAt: .zero)
        log.look()
        #expect(self.lines.take().isEmpty)
        self.pass(16)
        log.look()
        let first = try #require(self.lines.take().first)
        #expect(first.text.hasPrefix("The coordination service does not answer: what holds ends with the lease"))
        #expect(first.metadata["since"] == "2026-03-02T00:00:00Z")
        #expect(first.metadata["until"] == "2026-03-02T00:00:30Z")
        self.lease.confirm(sentAt: .seconds(16))
        log.look()
        let second = try #require(self.lines.take().first)
        #expect(second.text.hasPrefix("The coordination service is away: jobs of on_outage lease go on by the ledger"))
        #expect(second.metadata["since"] == "2026-03-02T00:00:00Z")
        #expect(second.metadata["until"] == "2026-03-02T00:00:46Z")
        #expect(second.metadata["held"] == "7")
        self.pass(30)
        log.look()
        let third = try #require(self.lines.take().first)
        #expect(third.text.hasPrefix("The coordination service is away and there is no lease: nothing starts"))
        self.lease.acknowledge(sentAt: .seconds(46))
        log.look()
        let last = self.lines.take().map(\.text)
        #expect(last == ["The coordination service answers again, and what was held starts"])
    }

    /// An outage may last for hours: the end of a log has to tell of it, and not be full of it.
    @Test("It says the same once a minute")
    func repeated() {
        var log = self.log()
        self.lease.acknowledge(sentAt: .zero)
        var count = 0
        for second in stride(from: 16, through: 256, by: 2) {
            self.pass(second == 16 ? 16 : 2)
            self.lease.confirm(sentAt: .seconds(second))
            log.look()
            count += self.lines.take().count
        }
        #expect(count == 5)
    }

    /// A worker that is taken for dead ends, and must not claim that all is well again.
    @Test("It says nothing of leases that were revoked, nor before there was one")
    func revoked() {
        var log = self.log()
        log.look()
        #expect(self.lines.take().isEmpty)
        self.lease.acknowledge(sentAt: .zero)
        self.pass(16)
        log.look()
        #expect(self.lines.take().count == 1)
        self.lease.revoke()
        log.look()
        #expect(self.lines.take().isEmpty)
    }
}
