import DistributedCron
import DistributedCronHTTP
import DistributedCronProcess
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What `doctor` asks a server.
struct ServerExamination {
    let client: APIClient

    /// Whether there is a server, which it is, whether it is ready, and how its clock goes.
    ///
    /// - Returns: What was found, and whether a server answers.
    func server() async -> (checks: [DoctorCheck], answers: Bool) {
        let before = SystemWallClock().now
        let answer: APIClient.Answer
        do {
            answer = try await self.client.send(.get, "/version")
        } catch {
            return ([self.unreachable(error)], false)
        }
        let after = SystemWallClock().now
        var checks = [self.version(answer)]
        // The middle of the request is when the server looked at its clock, give or take half of the time it took.
        let middle = before.addingTimeInterval(after.timeIntervalSince(before) / 2)
        if let date = answer.header("Date").flatMap(HTTPDate.init) {
            checks.append(Self.clock(Instant(floor: middle), date.instant))
        }
        checks.append(await self.readiness())
        return (checks, true)
    }

    /// How the jobs are.
    func jobs() async -> [DoctorCheck] {
        do {
            var jobs: [JSONValue] = []
            for try await page in Pages(self.client, "/jobs", QueryText(["view": "full"]), limit: nil) {
                jobs += page.filter { $0["status"]?.string != JobStatus.finished.rawValue }
            }
            let overdue = QueryText(["state": "pending", "until": "\(Instant.present - JobExamination.patience)"])
            let waiting = try await Pages(self.client, "/runs", overdue, limit: 1_000).reduce(into: []) { $0 += $1 }
            return JobExamination(jobs: jobs, waiting: waiting, now: .present).checks
        } catch {
            return [DoctorCheck("jobs", .bad, "cannot be listed: \(Self.words(for: error))", fix: "the server's log")]
        }
    }

    private func version(_ answer: APIClient.Answer) -> DoctorCheck {
        guard let version = try? answer.json()["version"]?.string else {
            return DoctorCheck(
                "server",
                .bad,
                "\(self.client.baseURL) is something else than a distcron server",
                fix: "name the server with --url or DISTCRON_URL"
            )
        }
        guard version == Version.current else {
            return DoctorCheck(
                "server",
                .warning,
                "\(self.client.baseURL) has version \(version), and this tool has \(Version.current)",
                fix: "install the same version of both"
            )
        }
        return DoctorCheck("server", .good, "\(self.client.baseURL) answers, version \(version)")
    }

    /// How far two clocks are apart, of which one tells whole seconds only.
    static func clock(_ here: Instant, _ there: Instant) -> DoctorCheck {
        let distance = abs(there - here)
        guard distance > 2 else { return DoctorCheck("clock", .good, "the server's clock and this one agree") }
        let direction = there > here ? "ahead of" : "behind"
        return DoctorCheck(
            "clock",
            distance > 60 ? .bad : .warning,
            "the server's clock is \(Span.text(seconds: Int(distance))) \(direction) this one",
            fix: "let both follow NTP: timedatectl set-ntp true"
        )
    }

    private func readiness() async -> DoctorCheck {
        do {
            let answer = try await self.client.answer(.get, "/readyz")
            guard case .object(let parts) = try answer.json()["checks"] else {
                return DoctorCheck("ready", .bad, "the server does not say", fix: "the server's log")
            }
            let words = parts.map { "\($0.name) \($0.value.string ?? "?")" }.joined(separator: ", ")
            return answer.status == 200
                ? DoctorCheck("ready", .good, words)
                : DoctorCheck("ready", .bad, words, fix: "bring back what is away; the server's log says more")
        } catch {
            return DoctorCheck("ready", .bad, Self.words(for: error), fix: "the server's log")
        }
    }

    private func unreachable(_ error: any Error) -> DoctorCheck {
        let url = URL(string: self.client.baseURL)
        let isLocal = ["localhost", "127.0.0.1", "::1", "[::1]"].contains(url?.host())
        let holder = isLocal ? url?.port.flatMap { PortHolder.name(port: $0) } : nil
        return DoctorCheck(
            "server",
            .bad,
            Self.words(for: error) + (holder.map { "; the port is held by \($0)" } ?? ""),
            fix: holder == nil
                ? "start a server with: distcron up; or name another with --url or DISTCRON_URL"
                : "end that process, or let the server use another port with: distcron up --port"
        )
    }

    private static func words(for error: any Error) -> String { (error as? Failure)?.message ?? "\(error)" }
}
