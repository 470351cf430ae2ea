public import DistributedCron
import Logging

/// Gives a test a running cron whose time the test moves.
///
/// ```swift
/// try await withCron(at: "2026-03-28T23:00:00Z", timeZone: "Europe/Stockholm") { cron, clock in
///     try await cron.job("report", "30 2 * * *") { run in run.log("\(run.scheduledAt)") }
///     try await clock.advance(to: "2026-03-29T03:00:00Z")      // 02:30 does not exist on this day
///     #expect(try await cron.runs(of: "report").map { "\($0.id.scheduledAt)" } == ["2026-03-29T01:00:00Z"])
/// }
/// ```
///
/// Nothing is kept, and nothing is waited for but what jobs do. Commands run as real processes, in real time.
///
/// - Parameters:
///   - instant: What the wall clock shows at the beginning, as RFC 3339 writes it.
///   - timeZone: The IANA zone of schedules that name none; UTC by default.
///   - configuration: How the service behaves; by default as ever, but that a thousand runs may go on at once.
///   - body: The test.
/// - Returns: What `body` returns, once the service has ended.
/// - Throws: What `body` throws; ``InvalidInstant``; ``ZoneError`` if there is no such zone.
public func withCron<Value: Sendable>(
    at instant: String,
    timeZone: String = "UTC",
    configuration: CronService.Configuration? = nil,
    _ body: (CronService, CronClock) async throws -> Value
) async throws -> Value {
    let time = ManualTime(now: try InvalidInstant.read(instant).date)
    let changes = ChangeSignal()
    // A few, because the clock looks at all of them wherever it stops.
    let store = InMemoryJobStore(slotCount: 8, wallClock: time.wallClock) { changes.send() }
    let scheduler = ManualScheduler()
    var configuration = configuration ?? .spacious
    configuration.capacity = max(1, configuration.capacity)
    let clock = CronClock(
        time: time,
        scheduler: scheduler,
        store: store,
        changes: changes,
        capacity: configuration.capacity
    )
    let identities = IdentitySource()
    var logger = Logger(label: "distcron.test")
    logger.logLevel = .warning
    var backends = EmbeddedBackends(
        store: store,
        scheduler: scheduler,
        wallClock: time.wallClock,
        attemptClock: TimeoutClock(clock: clock),
        identities: identities,
        logger: logger
    )
    backends.coalescing = .zero
    backends.onRest = { clock.workerRests($0) }
    backends.sweep = .seconds(1)
    let cron = CronService(
        backends,
        timeZone: try Zone.named(timeZone),
        configuration: configuration,
        identities: identities,
        logger: logger
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            do {
                try await cron.run()
            } catch {
                clock.serviceEnded(error)
            }
        }
        let value = try await body(cron, clock)
        group.cancelAll()
        while await group.nextResult() != nil {}
        return value
    }
}

extension CronService.Configuration {
    /// The same on every machine, and with room for whatever a test starts.
    fileprivate static var spacious: Self {
        var configuration = Self()
        configuration.capacity = 1_000
        return configuration
    }
}
