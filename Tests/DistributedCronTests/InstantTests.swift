import DistributedCron
import Testing

@Suite struct InstantTests {
    @Test("Instants order by time, which the ledger's keys rely on")
    func order() {
        #expect(Instant(epochSeconds: -1) < Instant(epochSeconds: 0))
        #expect(Instant.distantPast < Instant.distantFuture)
    }
}
