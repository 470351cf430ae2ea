import DistributedCron
package import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes each message as a JSON object on a line of standard error, for programs that read logs.
///
/// Its members are `time` (RFC 3339, UTC), `level`, `logger`, `message`, and what the message is tagged with.
package struct JSONLogHandler: LogHandler {
    package var logLevel = Logger.Level.info
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let write: @Sendable (String) -> Void

    /// Creates a handler for a logger.
    ///
    /// - Parameters:
    ///   - label: The logger's name.
    ///   - write: Takes a line, with its end.
    package init(label: String, write: @escaping @Sendable (String) -> Void = { StandardError.write($0) }) {
        self.label = label
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var members = (self.metadataProvider?.get() ?? [:])
            .merging(self.metadata) { $1 }
            .merging(event.metadata ?? [:]) { $1 }
            .mapValues { "\($0)" }
        if let error = event.error { members["error"] = "\(error)" }
        members["time"] = Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(SystemWallClock().now)
        members["level"] = event.level.rawValue
        members["logger"] = self.label
        members["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(members) else { return }
        self.write(String(decoding: line, as: UTF8.self) + "\n")
    }
}
