import DistributedCron
import DistributedCronProcess

/// Shows on a terminal how far an upload is, or says in one line that it is over.
final class UploadProgress: Sendable {
    private struct State {
        var start: ContinuousClock.Instant?
        var shown: ContinuousClock.Instant?
        var sent = 0
    }

    /// How long nothing is shown: most uploads are over by then.
    static let patience = Duration.seconds(1)
    /// No eye follows more than this.
    private static let interval = Duration.milliseconds(100)

    private let line: ProgressLine
    /// The columns of the terminal, or nil if there is none.
    private let columns: Int?
    private let now: @Sendable () -> ContinuousClock.Instant
    private let write: @Sendable (String) -> Void
    private let state = Lock(State())

    /// Shows the progress of a file.
    ///
    /// - Parameters:
    ///   - line: What is uploaded.
    ///   - columns: The columns of the terminal, or nil if there is none.
    ///   - now: The clock's present.
    ///   - write: Writes to where people look.
    init(
        _ line: ProgressLine,
        columns: Int?,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock().now },
        write: @escaping @Sendable (String) -> Void = { StandardError.write($0) }
    ) {
        self.line = line
        self.columns = columns
        self.now = now
        self.write = write
    }

    /// The upload begins, perhaps not for the first time.
    func begin() {
        let now = self.now()
        self.state.withLock { $0 = State(start: $0.start ?? now, shown: $0.shown) }
    }

    /// So many bytes are sent.
    func show(sent: Int) {
        let now = self.now()
        let line: String? = self.state.withLock { state in
            state.sent = sent
            guard let columns = self.columns, let start = state.start, start.duration(to: now) >= Self.patience,
                state.shown.map({ $0.duration(to: now) >= Self.interval }) ?? true
            else { return nil }
            state.shown = now
            // The last column stays free, or some terminals begin a new line.
            return self.line.text(sent: sent, elapsed: start.duration(to: now), width: columns - 1)
        }
        if let line { self.write("\r\u{1B}[K\(line)") }
    }

    /// The upload has succeeded, or not.
    func end(succeeded: Bool) {
        let now = self.now()
        let state = self.state.withLock(\.self)
        if state.shown != nil { self.write("\r\u{1B}[K") }
        guard succeeded, let start = state.start, state.shown != nil || self.columns == nil else { return }
        self.write("\(self.line.summary(sent: state.sent, elapsed: start.duration(to: now)))\n")
    }
}
