package import ArgumentParser

extension AsyncParsableCommand {
    /// Runs the command that the arguments name, and ends the process with its exit code.
    package static func runAsProgram() async {
        do {
            var command = try Self.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            failure.report()
            Self.exit(withError: failure.exitCode)
        } catch {
            #if HTTP && MariaDB && ZooKeeper
            if let failure = Failure(role: error) {
                failure.report()
                Self.exit(withError: failure.exitCode)
            }
            #endif
            Self.exit(withError: error)
        }
    }
}
