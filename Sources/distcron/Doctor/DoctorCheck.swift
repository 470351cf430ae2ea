import DistributedCronHTTP
import DistributedCronProcess

/// What `doctor` found out about one thing.
struct DoctorCheck: Equatable {
    /// How it is.
    enum Level: String {
        case good = "ok"
        case warning
        case bad = "failed"
    }

    /// What was looked at.
    let name: String
    let level: Level
    /// What was seen.
    let message: String
    /// What to do about it.
    var fix: String?

    init(_ name: String, _ level: Level, _ message: String, fix: String? = nil) {
        self.name = name
        self.level = level
        self.message = message
        self.fix = fix
    }

    /// A line for people, and another one for what to do.
    func text(on terminal: Terminal?) -> String {
        let mark =
            switch self.level {
            case .good: Colour.good.paint("✓", on: terminal)
            case .warning: Colour.attention.paint("!", on: terminal)
            case .bad: Colour.bad.paint("✗", on: terminal)
            }
        let line = "\(mark) \(self.name): \(Table.printable(self.message))\n"
        return line + (self.fix.map { "  fix: \(Table.printable($0))\n" } ?? "")
    }

    /// The same for programs.
    var json: JSONValue {
        [
            "check": .string(self.name), "level": .string(self.level.rawValue), "message": .string(self.message),
            "fix": .optional(self.fix),
        ]
    }
}
