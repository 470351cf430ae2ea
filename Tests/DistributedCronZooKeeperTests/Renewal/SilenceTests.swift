#if ZooKeeper
import DistributedCron
import DistributedCronTesting
import Logging
import Testing

@testable import DistributedCronZooKeeper

/// What the processes of all roles know of ZooKeeper's silence, and say in their logs.
@Suite struct SilenceTests {
    /// A standby manager has nothing else that tells of an outage, and an API server says since when it lasts.
    @Test("Silence is counted from the first sign of it, whatever becomes of the session, until there is an answer")
    func counting() {
        let clock = ManualWallClock()
        let start = clock.now
        let silence = Silence(wallClock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(silence.since == nil)
        silence.note(.connected)
        #expect(silence.since == nil)
        silence.note(.suspended)
        clock.advance(by: .seconds(10))
        silence.note(.suspended)
        silence.note(.lost)
        #expect(silence.since == start)
        silence.note(.connected)
        #expect(silence.since == nil)
        silence.note(.suspended)
        #expect(silence.since == clock.now)
    }
}
#endif
