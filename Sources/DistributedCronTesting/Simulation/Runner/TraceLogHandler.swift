import Logging

/// Puts what the roles say into the history of a simulation.
struct TraceLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug
    let judge: Judge

    init(judge: Judge) { self.judge = judge }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = self.metadata.merging(event.metadata ?? [:]) { $1 }
        let node = all["node"].map { "\($0)" } ?? "?"
        let details = all.keys.sorted().filter { $0 != "node" }.map { "\($0)=\(all[$0].map { "\($0)" } ?? "")" }
        self.judge.trace { "\(node): [\(event.level)] \(event.message) \(details.joined(separator: " "))" }
    }
}
