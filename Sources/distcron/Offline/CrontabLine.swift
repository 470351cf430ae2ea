import DistributedCronProcess

/// One line of a user's crontab (crontab(5)): a schedule and a command.
struct CrontabLine {
    let schedule: String
    let command: String

    /// Takes a line apart.
    ///
    /// - Parameters:
    ///   - line: The line.
    ///   - seconds: Whether the schedule begins with a field for seconds.
    /// - Throws: ``Failure`` if there is no command, or one that means something else here.
    init(_ line: String, seconds: Bool = false) throws(Failure) {
        let blanks: Set<Character> = [" ", "\t"]
        var rest = line.drop { blanks.contains($0) }
        let start = rest.startIndex
        var end = start
        for _ in 0..<Self.words(of: rest, seconds: seconds) {
            rest = rest.drop { blanks.contains($0) }.drop { !blanks.contains($0) }
            end = rest.startIndex
        }
        let command = rest.drop { blanks.contains($0) }
        guard !command.isEmpty else {
            throw Failure(
                .badData,
                "the crontab line has no command after its schedule",
                help: "distcron add '4 * * * * ls -la'"
            )
        }
        self.schedule = String(line[start..<end])
        self.command = try Self.unescaped(command)
    }

    private static func words(of text: Substring, seconds: Bool) -> Int {
        guard text.first == "@" else { return seconds ? 6 : 5 }
        let macro = text.prefix { $0 != " " && $0 != "\t" }.lowercased()
        return macro == "@every" || macro == "@at" ? 2 : 1
    }

    /// In a crontab `\%` is a percent sign; what follows another one is standard input, which jobs here do not have.
    private static func unescaped(_ command: Substring) throws(Failure) -> String {
        let plain = command.replacing("\\%", with: "")
        guard !plain.contains("%") else {
            throw Failure(
                .badData,
                "the command has a % that is not escaped, after which crontab expects standard input",
                help: "write \\% for a percent sign, or use --schedule and --command"
            )
        }
        return String(command.replacing("\\%", with: "%"))
    }
}

extension String {
    /// The text as one word of a shell.
    var shellQuoted: String {
        let isPlain =
            !self.isEmpty && self.utf8.allSatisfy { $0 > 0x2A && $0 < 0x7B && !";<>?[\\]^`".utf8.contains($0) }
        return isPlain ? self : "'\(self.replacing("'", with: "'\\''"))'"
    }
}
