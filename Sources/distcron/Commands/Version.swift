import ArgumentParser
import DistributedCronProcess

/// `distcron version`.
struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    /// The version of the tool and of the servers in it.
    static let current = Release.version

    func run() throws { try StandardOutput.write("distcron \(Self.current)\n") }
}
