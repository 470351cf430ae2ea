import CSpawn
import Glibc

/// Finds the living processes of sessions or groups through `/proc`.
///
/// A look costs a few milliseconds on a busy machine, so it is taken only where something is known to be left. What
/// called `setsid` itself is not found: that takes a cgroup.
struct SessionMembers {
    /// The numbers of the sessions and of their first process groups.
    let leaders: Set<pid_t>

    /// Opens a pidfd of each living member that this process may signal.
    ///
    /// A member that may not be signalled, such as one that changed its user, is left out: waiting for what cannot be
    /// ended could take for ever.
    func open() -> [Int32] { ProcessStatus.allProcesses().compactMap { self.open($0) } }

    private func open(_ process: pid_t) -> Int32? {
        guard self.hasLivingMember(process) else { return nil }
        var number: Int32 = -1
        guard distcron_process_open(process, &number) == 0 else { return nil }
        // The number may have passed to another process before the pidfd was opened. If it stands for a member now, the
        // pidfd stands for that member or for one that is dead.
        guard self.hasLivingMember(process), distcron_process_signal(number, 0) == 0 else {
            close(number)
            return nil
        }
        return number
    }

    private func hasLivingMember(_ process: pid_t) -> Bool {
        guard let status = ProcessStatus(of: process), status.isAlive else { return false }
        return self.leaders.contains(status.group) || self.leaders.contains(status.session)
    }
}
