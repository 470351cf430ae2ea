import ArgumentParser
import DistributedCronProcess

/// `distcron completion`.
struct Completion: ParsableCommand {
    /// The shells that are helped.
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash
        case zsh
        case fish
    }

    static let configuration = CommandConfiguration(
        abstract: "Print a script that completes commands, options and names of jobs in a shell.",
        discussion: """
            bash   source <(distcron completion bash)
            zsh    distcron completion zsh > "${fpath[1]}/_distcron"
            fish   distcron completion fish > ~/.config/fish/completions/distcron.fish
            """
    )

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        guard let shell = CompletionShell(rawValue: self.shell.rawValue) else {
            throw Failure(.internal, "there is no script for \(self.shell.rawValue)")
        }
        try StandardOutput.write(Distcron.completionScript(for: shell) + "\n")
    }
}
