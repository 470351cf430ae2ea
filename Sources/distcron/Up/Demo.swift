import DistributedCron
import DistributedCronProcess

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Adds the demo job, runs it once and shows what it wrote.
struct Demo {
    /// The job's name, by which it is found where it exists.
    static let name = "demo"

    let service: JobService
    let print: @Sendable (String) throws -> Void

    /// Shows the demo.
    ///
    /// - Returns: The exit code of the run.
    /// - Throws: ``Failure``; an error of the service; `CancellationError`.
    func run() async throws -> Int32 {
        let job = try await self.job()
        let run = try await self.service.run(job.id)
        try self.print("▶ a run started now\n")
        guard let ended = try await self.service.awaitEnd(of: run.id, atMost: .seconds(60)), ended.state.isTerminal
        else {
            throw Failure(.timedOut, "the demo's run has not ended within a minute")
        }
        let output = try await self.service.output(of: run.id)?.bytes() ?? []
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            try self.print("  │ \(Table.printable(String(line)))\n")
        }
        try self.print(Self.message(ended))
        return ended.state == .succeeded ? 0 : ended.exitCode.map { $0 == 0 ? 1 : $0 } ?? 1
    }

    private func job() async throws -> Job {
        let now = Instant(floor: SystemWallClock().now)
        var filter = JobFilter()
        filter.name = Self.name
        for job in try await self.service.jobs(matching: filter) where !job.progress.isRemoved {
            try self.print("✓ job \(Self.name) is there already\(Self.next(job, now: now))\n")
            return job
        }
        var request = JobRequest(schedule: "4 * * * *", executable: .command("ls -la"))
        request.name = Self.name
        let job = try await self.service.create(request)
        try self.print("✓ job \(Self.name) added: \"ls -la\" at minute 4 of every hour\(Self.next(job, now: now))\n")
        return job
    }

    private static func next(_ job: Job, now: Instant) -> String {
        guard let next = job.version.next(after: now) else { return "" }
        return ", next \(RelativeTime.text(next, now: now))"
    }

    private static func message(_ run: Run) -> String {
        guard let start = run.startedAt, let end = run.finishedAt else {
            return "✗ \(run.state.rawValue): \(run.detail ?? "it was not started")\n"
        }
        let milliseconds = Int((end.timeIntervalSince(start) * 1_000).rounded())
        let code = run.exitCode.map { "exit \($0)" } ?? run.state.rawValue
        return "\(run.state == .succeeded ? "✓ finished" : "✗ failed"): \(code) in \(milliseconds) ms\n"
    }
}
