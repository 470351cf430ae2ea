public import DistributedCron
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Everything that the protocol `AttemptExecutor` promises of an executor that runs command lines with `/bin/sh`.
///
/// An executor of your own conforms when every check passes. The checks run real processes of the tools that every
/// POSIX system has, look at Linux's `/proc`, and take real time where they wait for a time-out, about a second each.
///
/// ```swift
/// @Suite(.timeLimit(.minutes(1))) struct MyExecutorTests {
///     @Test(arguments: AttemptExecutorConformance.Check.allCases)
///     func conforms(to check: AttemptExecutorConformance.Check) async throws {
///         try await AttemptExecutorConformance { MyExecutor(wallClock: $0) }.run(check)
///     }
/// }
/// ```
///
/// What the checks run never ends by itself where its end is the executor's business, so give the test a time limit.
public struct AttemptExecutorConformance: Sendable {
    private let identities = IdentitySource()
    private let make: @Sendable (any WallClock) async throws -> any AttemptExecutor

    /// Creates the suite for one implementation.
    ///
    /// - Parameter make: Makes an executor whose reports have the times of a clock, which is the system's.
    public init(_ make: @escaping @Sendable (any WallClock) async throws -> any AttemptExecutor) {
        self.make = make
    }

    /// Puts a new executor to one check, which reports what it finds as issues of the current test.
    ///
    /// - Parameter check: What to check.
    /// - Throws: The failure of a condition without which the check is pointless.
    public func run(_ check: Check) async throws {
        try await self.run(check, try await self.make(SystemWallClock()))
    }

    // One line for each check; the compiler sees to it that none is forgotten.
    private func run(_ check: Check, _ executor: any AttemptExecutor) async throws {
        switch check {
        case .exitCodeIsTheOutcome: try await self.exitCodeIsTheOutcome(executor)
        case .signalIsTheOutcome: try await self.signalIsTheOutcome(executor)
        case .whatCannotBeginIsNotStarted: try await self.whatCannotBeginIsNotStarted(executor)
        case .reportHasTheTimes: try await self.reportHasTheTimes(executor)
        case .bothStreamsAreKept: try await self.bothStreamsAreKept(executor)
        case .endOfLongOutputIsKept: try await self.endOfLongOutputIsKept(executor)
        case .outputBeforeATimeoutIsKept: try await self.outputBeforeATimeoutIsKept(executor)
        case .outputIsSeenWhileItRuns: try await self.outputIsSeenWhileItRuns(executor)
        case .variablesOfTheJobAreSet: try await self.variablesOfTheJobAreSet(executor)
        case .variablesOfTheAttemptWin: try await self.variablesOfTheAttemptWin(executor)
        case .workingDirectoryIsEntered: try await self.workingDirectoryIsEntered(executor)
        case .missingWorkingDirectoryIsNotStarted: try await self.missingWorkingDirectoryIsNotStarted(executor)
        case .preparingTouchesNothingOfItsOwn: try await self.preparingTouchesNothingOfItsOwn(executor)
        case .timeoutEndsIt: try await self.timeoutEndsIt(executor)
        case .timeoutAsksBeforeItKills: try await self.timeoutAsksBeforeItKills(executor)
        case .timeoutKillsWhatDoesNotListen: try await self.timeoutKillsWhatDoesNotListen(executor)
        case .noTimeoutIsNoLimit: try await self.noTimeoutIsNoLimit(executor)
        case .cancellationBeforeTheStartIsAnEndToo: try await self.cancellationBeforeTheStartIsAnEndToo(executor)
        case .cancellationEndsWhatRuns: try await self.cancellationEndsWhatRuns(executor)
        case .killLeavesNoGrace: try await self.killLeavesNoGrace(executor)
        case .nothingIsLeftAfterATimeout: try await self.nothingIsLeftAfterATimeout(executor)
        case .nothingIsLeftAfterTheEnd: try await self.nothingIsLeftAfterTheEnd(executor)
        case .attemptsRunAtTheSameTime: try await self.attemptsRunAtTheSameTime(executor)
        }
    }

    // MARK: What checks share

    /// The order of a run's first attempt; nobody runs two of one run at once.
    func order(
        _ executable: Executable,
        timeout: Duration? = nil,
        killGrace: Duration = .seconds(10),
        environment: [String: String] = [:],
        workingDirectory: String? = nil
    ) -> AttemptOrder {
        AttemptOrder(
            run: RunID(
                job: JobID(rawValue: 0x019B_76DA_0000_7000_8000_0000_0000_0001),
                scheduledAt: .init(epochSeconds: 0),
                trigger: self.identities.triggerID()
            ),
            attempt: 1,
            fence: 65_537,
            executable: executable,
            timeout: timeout,
            killGrace: killGrace,
            environment: environment,
            workingDirectory: workingDirectory
        )
    }

    func text(_ report: AttemptReport, _ stream: OutputTail.Stream? = nil) -> String {
        String(decoding: report.output.bytes(of: stream), as: UTF8.self)
    }

    /// Expects that a process is gone, or dead and only waits to be reaped.
    func expectGone(
        _ process: String,
        _ executor: any AttemptExecutor,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let identity = try #require(Int32(process.filter(\.isNumber)), sourceLocation: sourceLocation)
        let look = "sed -n 's/^State:[[:space:]]*\\(.\\).*/\\1/p' /proc/\(identity)/status 2>/dev/null"
        let report = await executor.execute(self.order(.command(look)))
        let state = self.text(report).filter(\.isLetter)
        #expect(["", "Z", "X"].contains(state), "process \(identity) is left", sourceLocation: sourceLocation)
    }
}
