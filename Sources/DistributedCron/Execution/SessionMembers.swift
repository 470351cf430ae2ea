import CSpawn
import Glibc

/// Finds the living processes of a session or group through `/proc`.
///
/// A look costs a few milliseconds on a busy machine, so it is taken only where something is known to be left. What
/// called `setsid` itself is not found: that takes a cgroup.
struct SessionMembers {
    /// The number of the session and of its first process group.
    let leader: pid_t

    /// Opens a pidfd of each living member that this process may signal.
    ///
    /// A member that may not be signalled, such as one that changed its user, is left out: waiting for what cannot be
    /// ended could take for ever.
    func open() -> [Int32] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var descriptors: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            guard let process = pid_t(name), let descriptor = self.open(process) else { continue }
            descriptors.append(descriptor)
        }
        return descriptors
    }

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
        let number = Glibc.open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return false }
        let file = Descriptor(owning: number)
        let text = withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
            let count = (try? file.read(into: buffer)) ?? 0
            return String(decoding: buffer.prefix(count), as: UTF8.self)
        }
        // pid (name) state ppid pgrp session …; the name may hold anything, parentheses too. proc(5).
        guard let end = text.lastIndex(of: ")") else { return false }
        let fields = text[text.index(after: end)...].split(separator: " ", maxSplits: 4)
        guard fields.count >= 4, fields[0] != "Z", fields[0] != "X" else { return false }
        return pid_t(fields[2]) == self.leader || pid_t(fields[3]) == self.leader
    }
}
