package import ArgumentParser

/// Why a command failed: what, why, and what to do about it.
package struct Failure: Error, Equatable {
    /// Exit codes, after sysexits.h where it has one.
    package enum Code: Int32 {
        /// The operation failed.
        case failed = 1
        /// There is no such job or run.
        case notFound = 3
        /// The command was called wrongly.
        case usage = 64
        /// A schedule, a JSON document or the like is not valid.
        case badData = 65
        /// A file is missing or cannot be read.
        case noInput = 66
        /// No server answers, or a port cannot be had.
        case unavailable = 69
        /// Something that must not happen happened.
        case `internal` = 70
        /// Something exists already or is in the way.
        case conflict = 73
        /// It may work later.
        case tryAgain = 75
        /// The server wants to know who asks, or does not permit it.
        case notPermitted = 77
        /// The configuration is wrong.
        case configuration = 78
        /// A wait took too long.
        case timedOut = 124
    }

    package let code: Code
    /// What failed, and why.
    package let message: String
    /// Lines that show the place, if there is one.
    package var excerpt: String?
    /// What to do.
    package var help: String?
    /// The status that a server answered with, if it was one that refused.
    package var status: Int?

    package init(_ code: Code, _ message: String, excerpt: String? = nil, help: String? = nil) {
        self.code = code
        self.message = message
        self.excerpt = excerpt
        self.help = help
    }

    /// Whether a job was changed since the version that a request was for.
    package var isStaleVersion: Bool { self.status == 412 }

    /// The code for the end of the process.
    package var exitCode: ExitCode { ExitCode(self.code.rawValue) }

    /// What people see.
    package var text: String {
        self.text(on: nil)
    }

    private func text(on terminal: Terminal?) -> String {
        var lines = ["\(Colour.bad.paint("error:", on: terminal)) \(self.message)"]
        if let excerpt = self.excerpt {
            lines += excerpt.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
        }
        if let help = self.help { lines.append("\(Colour.good.paint("help:", on: terminal)) \(help)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Writes the failure to standard error.
    package func report() { StandardError.write(self.text(on: StandardError.terminal)) }
}
