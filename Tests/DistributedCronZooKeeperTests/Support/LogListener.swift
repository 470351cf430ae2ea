#if ZooKeeper
import Logging

/// Hands on what a log is told of one thing.
struct LogListener: LogHandler {
    let heard: AsyncStream<String>.Continuation
    /// What an event tells of it; nil for nothing.
    let text: @Sendable (LogEvent) -> String?
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(heard: AsyncStream<String>.Continuation, _ text: @escaping @Sendable (LogEvent) -> String?) {
        self.heard = heard
        self.text = text
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if let text = self.text(event) { self.heard.yield(text) }
    }
}
#endif
