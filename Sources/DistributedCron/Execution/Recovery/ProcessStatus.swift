import Glibc

/// What `/proc` says of a process.
struct ProcessStatus: Sendable {
    /// Whether it is neither dead nor waits to be reaped.
    let isAlive: Bool
    /// Its process group.
    let group: pid_t
    /// Its session.
    let session: pid_t
    /// When it started, in clock ticks since the machine did: with the number, its identity until the next boot.
    let startTime: UInt64

    /// Looks at a process; nil if there is none of this number.
    init?(of process: pid_t) {
        let number = Glibc.open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        let file = Descriptor(owning: number)
        let text = withUnsafeTemporaryAllocation(byteCount: 1_024, alignment: 1) { buffer in
            let count = (try? file.read(into: buffer)) ?? 0
            return String(decoding: buffer.prefix(count), as: UTF8.self)
        }
        // pid (name) state ppid pgrp session …, starttime the 22nd; the name may hold anything, parentheses too. proc(5).
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ", maxSplits: 20)
        guard fields.count >= 20, let group = pid_t(fields[2]), let session = pid_t(fields[3]),
            let startTime = UInt64(fields[19])
        else { return nil }
        self.isAlive = fields[0] != "Z" && fields[0] != "X"
        self.group = group
        self.session = session
        self.startTime = startTime
    }

    /// The numbers of all processes.
    static func allProcesses() -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var processes: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            if let process = pid_t(name) { processes.append(process) }
        }
        return processes
    }

    /// The variables with which a process was started, each as `NAME=value`; empty if they are not for this user.
    static func environment(of process: pid_t) -> Set<[UInt8]> {
        let number = Glibc.open("/proc/\(process)/environ", O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return [] }
        let file = Descriptor(owning: number)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 * 1_024)
        while let count = try? piece.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
            bytes += piece.prefix(count)
        }
        return Set(bytes.split(separator: 0).map(Array.init))
    }

    /// What tells this boot of the machine from all others, or nil if the kernel does not say.
    static func bootIdentity() -> String? {
        let number = Glibc.open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        let file = Descriptor(owning: number)
        return withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            guard let count = try? file.read(into: buffer), count >= 36 else { return nil }
            return String(decoding: buffer.prefix(36), as: UTF8.self)
        }
    }
}
