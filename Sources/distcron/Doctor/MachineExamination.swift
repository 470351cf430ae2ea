#if canImport(Glibc)
import DistributedCronProcess
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What `doctor` sees of this machine.
struct MachineExamination {
    /// The data directory of a server on this machine.
    let directory: String
    /// Whether somebody named the directory, so that it has to be there.
    let isNamed: Bool

    private static let enough: UInt64 = 1_024 * 1_024 * 1_024
    private static let little: UInt64 = 100 * 1_024 * 1_024

    /// What was found.
    var checks: [DoctorCheck] { [self.user, self.data].compactMap(\.self) }

    private var user: DoctorCheck? {
        guard geteuid() == 0 else { return nil }
        return DoctorCheck(
            "user",
            .warning,
            "this is root; jobs of a server that root starts run as root",
            fix: "start the server as a user of its own"
        )
    }

    private var data: DoctorCheck? {
        guard access(self.directory, F_OK) == 0 else {
            // The usual directory is missing wherever no server was ever started, which is no fault.
            guard self.isNamed else { return nil }
            return DoctorCheck("data", .bad, "\(self.directory) is not there", fix: "name the server's --data-dir")
        }
        guard access(self.directory, R_OK | W_OK | X_OK) == 0 else {
            return DoctorCheck(
                "data",
                .bad,
                "\(self.directory) cannot be used: \(FileOutput.words(for: errno))",
                fix: "chown it to the user of the server, or name another with --data-dir"
            )
        }
        var space = statvfs()
        guard statvfs(self.directory, &space) == 0 else {
            return DoctorCheck("data", .bad, "\(self.directory): \(FileOutput.words(for: errno))")
        }
        return Self.space(UInt64(space.f_bavail) * UInt64(space.f_frsize), in: self.directory)
    }

    /// Whether so many bytes are enough.
    static func space(_ free: UInt64, in directory: String) -> DoctorCheck {
        let message = "\(directory) has \(ProgressLine.size(Double(free))) free"
        guard free < Self.enough else { return DoctorCheck("data", .good, message) }
        return DoctorCheck(
            "data",
            free < Self.little ? .bad : .warning,
            message,
            fix: "make room, or move the directory and name it with --data-dir"
        )
    }
}
