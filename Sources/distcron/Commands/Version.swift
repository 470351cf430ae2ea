import ArgumentParser

/// `distcron version`.
struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    /// The version of the tool and of the servers in it.
    static let current = "0.1.0"

    func run() throws { try StandardOutput.write("distcron \(Self.current)\n") }
}
