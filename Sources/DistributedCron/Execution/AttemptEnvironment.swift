import Glibc

/// What a job finds in its environment.
public enum AttemptEnvironment {
    /// The variable that names the attempt's private directory.
    static let directoryName = "DISTCRON_DIR"
    /// Where commands are looked for, as cron does on Debian for users, with /usr/local first.
    private static let searchPath = "/usr/local/bin:/usr/bin:/bin"

    /// What every process of this user gets: nothing is taken from this process's own environment.
    static func clean() -> [String: String] {
        let user = self.user()
        return [
            "PATH": self.searchPath,
            "HOME": user.home,
            "USER": user.name,
            "LOGNAME": user.name,
            "SHELL": "/bin/sh",
            "LANG": "C.UTF-8",
        ]
    }

    /// What one attempt gets beyond that, whatever its job says.
    static func variables(of order: AttemptOrder, directory: String) -> [String: String] {
        [
            "DISTCRON_JOB_ID": "\(order.run.job)",
            "DISTCRON_RUN_ID": "\(order.run)",
            "DISTCRON_SCHEDULED_AT": "\(order.run.scheduledAt)",
            "DISTCRON_TRIGGER": order.run.trigger.kind.rawValue,
            "DISTCRON_ATTEMPT": String(order.attempt),
            "DISTCRON_FENCE": String(order.fence),
            self.directoryName: directory,
        ]
    }

    /// The name and home of the user that this process runs as; a user without an entry is named by its number.
    private static func user() -> (name: String, home: String) {
        let unknown = (name: String(geteuid()), home: "/")
        var size = 1_024
        while size <= 1 << 20 {
            let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: size)
            defer { buffer.deallocate() }
            guard let address = buffer.baseAddress else { return unknown }
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            let error = getpwuid_r(geteuid(), &entry, address, size, &found)
            if error == 0 {
                guard found != nil, let name = entry.pw_name, let home = entry.pw_dir else { return unknown }
                return (String(cString: name), String(cString: home))
            }
            guard error == ERANGE else { return unknown }
            size *= 2
        }
        return unknown
    }
}
