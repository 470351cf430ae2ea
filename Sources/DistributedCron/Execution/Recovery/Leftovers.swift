import CSpawn
import Glibc

/// The processes of attempts whose executor died, and how they are ended.
///
/// A session is an attempt's if its leader has the number and the start time that were written down. If there is no
/// leader any more, or its number was not written before the executor died, the environment of its processes tells. A
/// process that has a recorded number and another start time is a stranger: as long as anything was left of the old
/// session, the kernel could not give its number away.
struct Leftovers {
    /// The most time that processes have between being asked to end and being made to, whatever their job says: the
    /// program does not start before they are gone.
    static let longestGrace = Duration.seconds(5)
    /// How long killed processes may take to go.
    private static let patience = Duration.seconds(10)

    /// The sessions to end.
    let sessions: Set<pid_t>
    private let grace: Duration

    /// Looks for what is left of recorded attempts.
    init(of records: [AttemptRecord], boot: String?) {
        var sessions: Set<pid_t> = []
        var sought: [AttemptRecord] = []
        for record in records {
            guard let process = record.process else {
                sought.append(record)
                continue
            }
            guard process.boot == boot else { continue }
            guard let status = ProcessStatus(of: process.number) else {
                sought.append(record)
                continue
            }
            if status.startTime == process.startTime { sessions.insert(process.number) }
        }
        if !sought.isEmpty {
            for process in ProcessStatus.allProcesses() {
                if let session = Self.session(of: process, ifAmong: sought) { sessions.insert(session) }
            }
        }
        // A job may have started this program.
        sessions.remove(getsid(0))
        self.sessions = sessions
        self.grace = records.map(\.intent.killGrace).max() ?? .zero
    }

    /// Asks all of them to end, makes them after the grace, and returns when they are gone.
    ///
    /// Blocks the calling thread.
    func end() throws(SystemError) {
        guard !self.sessions.isEmpty else { return }
        let members = SessionMembers(leaders: self.sessions)
        let deadline = ContinuousClock.now + self.grace
        OpenProcesses(members.open()).signal(SIGTERM).wait(until: deadline)
        let lastDeadline = ContinuousClock.now + Self.patience
        while true {
            let processes = OpenProcesses(members.open())
            guard !processes.isEmpty else { return }
            guard ContinuousClock.now < lastDeadline else {
                let names = self.sessions.sorted().map(String.init).joined(separator: ", ")
                throw SystemError(doing: "end what a dead predecessor left running (sessions \(names))", number: ETIME)
            }
            processes.signal(SIGKILL).wait(until: lastDeadline)
        }
    }

    /// The session of a process that shows itself to be of a recorded attempt, if that session is the attempt's own.
    private static func session(of process: pid_t, ifAmong records: [AttemptRecord]) -> pid_t? {
        let environment = ProcessStatus.environment(of: process)
        guard !environment.isEmpty, let record = records.first(where: { $0.isShown(by: environment) }),
            let status = ProcessStatus(of: process), status.isAlive
        else { return nil }
        if let leader = record.process { return status.session == leader.number ? leader.number : nil }
        // What a job put into a session of somebody else's is not followed there.
        return status.session == process || ProcessStatus(of: status.session) == nil ? status.session : nil
    }
}

/// Processes that cannot be mistaken for others as long as they are held here.
private final class OpenProcesses {
    private var descriptors: [Int32]

    init(_ descriptors: [Int32]) { self.descriptors = descriptors }

    deinit { for descriptor in self.descriptors { close(descriptor) } }

    var isEmpty: Bool { self.descriptors.isEmpty }

    func signal(_ number: Int32) -> Self {
        for descriptor in self.descriptors { _ = distcron_process_signal(descriptor, number) }
        return self
    }

    /// Waits until all have ended or the time has come.
    func wait(until deadline: ContinuousClock.Instant) {
        while !self.descriptors.isEmpty {
            let rest = ContinuousClock.now.duration(to: deadline)
            guard rest > .zero else { return }
            var entries = self.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&entries, nfds_t(entries.count), Int32(clamping: Int64(rest / .milliseconds(1)) + 1)) > 0 else {
                continue
            }
            for entry in entries where entry.revents != 0 { close(entry.fd) }
            self.descriptors = entries.filter { $0.revents == 0 }.map(\.fd)
        }
    }
}
