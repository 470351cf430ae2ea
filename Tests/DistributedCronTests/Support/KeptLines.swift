import Logging

@testable import DistributedCron

/// Keeps what is logged: a message, and what it is tagged with.
struct KeptLines: LogHandler {
    struct Line: Sendable {
        let text: String
        let metadata: Logger.Metadata
    }
    final class Lines: Sendable {
        private let lines = Lock<[Line]>([])
        func add(_ line: Line) { self.lines.withLock { $0.append(line) } }

        /// What has been logged since the last look.
        func take() -> [Line] {
            self.lines.withLock { lines in
                defer { lines = [] }
                return lines
            }
        }
    }
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(_ lines: Lines) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) { self.lines.add(Line(text: "\(event.message)", metadata: event.metadata ?? [:])) }
}
