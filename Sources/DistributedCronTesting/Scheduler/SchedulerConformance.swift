public import DistributedCron
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Everything that the protocol `Scheduler` promises, as checks that any scheduler can be put to without real time.
///
/// A scheduler of your own conforms when every check passes. One that waits by clocks is handed clocks that the checks
/// move:
///
/// ```swift
/// @Suite(.timeLimit(.minutes(1))) struct MySchedulerTests {
///     @Test(arguments: SchedulerConformance.Check.allCases)
///     func conforms(to check: SchedulerConformance.Check) async throws {
///         try await SchedulerConformance { MyScheduler(wallClock: $0.wallClock, clock: $0.clock) }.run(check)
///     }
/// }
/// ```
///
/// One that something else wakes, such as cron, is made with a ``Subject`` that plays that part: it is told to which
/// instant time has come, and rings for whatever is armed.
///
/// A wake-up that never comes is waited for until the test's time limit, so give it one.
public struct SchedulerConformance: Sendable {
    /// A scheduler under test, and the time that it lives in.
    public struct Subject: Sendable {
        /// The scheduler, with nothing armed.
        public let scheduler: any Scheduler
        /// Lets time pass up to an instant, as it does while ``Scheduler/run()`` runs.
        public let elapse: @Sendable (Instant) async throws -> Void

        /// Describes what is under test.
        ///
        /// - Parameters:
        ///   - scheduler: The scheduler, with nothing armed.
        ///   - elapse: Lets time pass up to an instant, later than those before; it returns when whatever was due has
        ///     had its chance to wake.
        public init(_ scheduler: any Scheduler, elapse: @escaping @Sendable (Instant) async throws -> Void) {
            self.scheduler = scheduler
            self.elapse = elapse
        }
    }
    /// When every check begins: 2026-01-01T00:00:30Z, between two minutes.
    public static let start = Instant(epochSeconds: 1_767_225_630)
    private let make: @Sendable () async throws -> Subject

    /// Creates the suite for a scheduler that waits by clocks.
    ///
    /// - Parameter make: Makes a scheduler on clocks that the checks move; they show ``start``.
    public init(_ make: @escaping @Sendable (ManualTime) async throws -> any Scheduler) {
        self.init(subject: {
            let time = ManualTime(now: Self.start.date)
            return Subject(try await make(time)) { instant in
                time.advance(to: instant)
                // It has looked at the new time when it sleeps again; with nothing armed it never does.
                for _ in 0..<200 where time.clock.sleeperCount == 0 { await Task.yield() }
                await giveWay(20)
            }
        })
    }

    /// Creates the suite for a scheduler that something else wakes.
    ///
    /// - Parameter subject: Makes a scheduler, at ``start``, and whatever wakes it.
    public init(subject: @escaping @Sendable () async throws -> Subject) {
        self.make = subject
    }

    /// Puts a new scheduler to one check, which reports what it finds as issues of the current test.
    ///
    /// - Parameter check: What to check.
    /// - Throws: What the scheduler throws unexpectedly.
    public func run(_ check: Check) async throws {
        try await self.run(check, try await self.make())
    }

    // One line for each check; the compiler sees to it that none is forgotten.
    private func run(_ check: Check, _ subject: Subject) async throws {
        switch check {
        case .wakesAtEachArmedInstant: try await self.wakesAtEachArmedInstant(subject)
        case .wakesForWhatIsArmedWhileItRuns: try await self.wakesForWhatIsArmedWhileItRuns(subject)
        case .doesNotWakeBeforeTheInstant: try await self.doesNotWakeBeforeTheInstant(subject)
        case .doesNotWakeBeforeItRuns: try await self.doesNotWakeBeforeItRuns(subject)
        case .doesNotWakeWithNothingArmed: try await self.doesNotWakeWithNothingArmed(subject)
        case .instantsOfOneMomentCountOnce: try await self.instantsOfOneMomentCountOnce(subject)
        case .replacedScheduleWakesNoMore: try await self.replacedScheduleWakesNoMore(subject)
        case .droppedScheduleWakesNoMoreBesideAKeptOne: try await self.droppedScheduleWakesNoMoreBesideAKeptOne(subject)
        case .replacedScheduleWakesNoMoreBesideItsReplacement:
            try await self.replacedScheduleWakesNoMoreBesideItsReplacement(subject)
        case .replacementWakesInstead: try await self.replacementWakesInstead(subject)
        case .keptScheduleWakesOn: try await self.keptScheduleWakesOn(subject)
        case .armingAgainChangesNothing: try await self.armingAgainChangesNothing(subject)
        case .armingEveryMinuteDoesNotPutOff: try await self.armingEveryMinuteDoesNotPutOff(subject)
        case .slowListenerIsWokenOnce: try await self.slowListenerIsWokenOnce(subject)
        case .cancellationEndsIt: try await self.cancellationEndsIt(subject)
        case .gracefulShutdownEndsIt: try await self.gracefulShutdownEndsIt(subject)
        }
    }
}
