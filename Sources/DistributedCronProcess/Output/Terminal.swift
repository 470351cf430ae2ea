#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a person looks at, if output goes to a terminal.
package struct Terminal: Sendable {
    /// How many columns it has.
    package let columns: Int
    /// Whether it shows colours, and the person wants to see them (no-color.org).
    package let hasColours: Bool

    /// Looks at a descriptor.
    ///
    /// - Returns: The terminal, or nil if it is none.
    package init?(_ descriptor: Int32) {
        guard isatty(descriptor) == 1 else { return nil }
        let environment = ProcessInfo.processInfo.environment
        var size = winsize()
        let measured = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
        // Some terminals, such as serial lines, do not know their size.
        let columns = measured > 0 ? measured : environment["COLUMNS"].flatMap { Int($0) } ?? 80
        self.init(columns: columns, environment: environment)
    }

    /// A terminal of so many columns, whose environment says what it can.
    package init(columns: Int, environment: [String: String]) {
        self.columns = max(20, columns)
        let refuses = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        self.hasColours = !refuses && environment["TERM"] != "dumb" && environment["TERM"] != nil
    }

    /// Whether somebody can be asked something: they read standard error and write standard input.
    package static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }
}
