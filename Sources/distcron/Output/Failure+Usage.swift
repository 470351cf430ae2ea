import ArgumentParser
import DistributedCron
import DistributedCronProcess

extension Failure {
    /// What went wrong, in one form for all of it; nil for what is no failure, or has been reported.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case is ExitCode: return nil
        default:
            switch Distcron.exitCode(for: error) {
            case .success: return nil
            case .validationFailure: self.init(usage: error)
            default: self.init(.internal, "\(error)")
            }
        }
    }

    /// A command was called wrongly; the parser's words.
    private init(usage error: any Error) {
        let message = Distcron.message(for: error)
        let lines = message.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        let sentence = String(lines[0].reversed().drop { $0 == "." }.reversed())
        self.init(
            .usage,
            sentence.prefix(1).lowercased() + sentence.dropFirst(),
            excerpt: lines.count > 1 ? String(lines[1]) : nil,
            help: Self.command(in: CommandLine.arguments) ?? Self.page(in: Distcron.fullMessage(for: error))
        )
    }

    /// The command that was probably meant, if the first argument is none.
    static func command(in arguments: [String]) -> String? {
        let commands = Distcron.configuration.groupedSubcommands.flatMap(\.subcommands).flatMap { command in
            [command.configuration.commandName ?? "\(command)".lowercased()] + command.configuration.aliases
        }
        guard let word = arguments.dropFirst().first, !word.hasPrefix("-"), !commands.contains(word) else { return nil }
        return nearest(to: word, among: commands).map { "did you mean distcron \($0)?" }
    }

    /// The command that explains the right usage, which only the parser's full message names.
    private static func page(in text: String) -> String {
        guard let range = text.firstRange(of: "See '"), let end = text[range.upperBound...].firstIndex(of: "'") else {
            return "distcron --help"
        }
        return String(text[range.upperBound..<end])
    }
}
