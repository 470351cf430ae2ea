/// What a worker and the supervisor of its attempts say to each other.
enum SupervisorMessage: Sendable, Hashable {
    /// The worker's first word: who it is, and how long before the end of its lease attempts are to be asked to end.
    case begin(WorkerID, stopGrace: Duration)
    /// The supervisor's answer: nothing runs that an earlier connection of this worker has begun.
    case ready
    /// Run an attempt, which has this number on this connection.
    case execute(UInt64, AttemptOrder)
    /// Ask an attempt to end.
    case cancel(UInt64)
    /// End the attempt of a run at once.
    case kill(RunID)
    /// The lease has changed for the worse.
    case review
    /// An attempt has written something.
    case output(UInt64, OutputTail.Stream, [UInt8])
    /// So many bytes that an attempt has written are not shown.
    case skipped(UInt64, Int)
    /// An attempt has ended. The end of its output was said before.
    case ended(UInt64, AttemptReport)
    /// An attempt was not begun, because the supervisor is to end; or one that was to be taken over is not known.
    case refused(UInt64)
    /// Attempts of other workers have ended, and nobody has said that it has written that down.
    case left([Attempt])
    /// The worker has written down how attempts have ended.
    case settled([AttemptKey])
    /// Attempts of other workers, which are gone, are running.
    case running([LeftAttempt])
    /// Make one of those this worker's, under this number on this connection.
    case resume(UInt64, AttemptKey)

    /// The message as bytes.
    var bytes: [UInt8] {
        var writer = RecordWriter()
        switch self {
        case .begin(let worker, let grace):
            writer.byte(1)
            writer.text(worker.rawValue)
            writer.duration(grace)
        case .ready: writer.byte(2)
        case .execute(let number, let order):
            writer.byte(3)
            writer.unsigned(number)
            writer.order(order)
        case .cancel(let number):
            writer.byte(4)
            writer.unsigned(number)
        case .kill(let run):
            writer.byte(5)
            writer.id(run)
        case .review: writer.byte(6)
        case .output(let number, let stream, let bytes):
            writer.byte(7)
            writer.unsigned(number)
            writer.text(stream.rawValue)
            writer.data(bytes)
        case .skipped(let number, let count):
            writer.byte(8)
            writer.unsigned(number)
            writer.int(count)
        case .ended(let number, let report):
            writer.byte(9)
            writer.unsigned(number)
            writer.report(report)
        case .refused(let number):
            writer.byte(10)
            writer.unsigned(number)
        case .left(let attempts):
            writer.byte(11)
            writer.list(attempts) { $0.attempt($1) }
        case .settled(let keys):
            writer.byte(12)
            writer.keys(keys)
        case .running(let attempts):
            writer.byte(13)
            writer.list(attempts) { writer, left in
                writer.order(left.order)
                writer.text(left.worker.rawValue)
                writer.date(left.startedAt)
            }
        case .resume(let number, let key):
            writer.byte(14)
            writer.unsigned(number)
            writer.keys([key])
        }
        return writer.bytes
    }

    /// Reads a message.
    init(_ bytes: [UInt8]) throws(RecordReader.Malformed) {
        var reader = RecordReader(bytes[...])
        switch try reader.byte() {
        case 1: self = .begin(WorkerID(rawValue: try reader.text()), stopGrace: try reader.duration())
        case 2: self = .ready
        case 3: self = .execute(try reader.unsigned(), try reader.order())
        case 4: self = .cancel(try reader.unsigned())
        case 5: self = .kill(try reader.runID())
        case 6: self = .review
        case 7:
            self = .output(try reader.unsigned(), try reader.choice(OutputTail.Stream.self), Array(try reader.data()))
        case 8: self = .skipped(try reader.unsigned(), try reader.int())
        case 9: self = .ended(try reader.unsigned(), try reader.report())
        case 10: self = .refused(try reader.unsigned())
        case 11: self = .left(try reader.list { reader throws(RecordReader.Malformed) in try reader.attempt() })
        case 12: self = .settled(try reader.keys())
        case 13:
            self = .running(
                try reader.list { reader throws(RecordReader.Malformed) in
                    LeftAttempt(
                        order: try reader.order(),
                        worker: WorkerID(rawValue: try reader.text()),
                        startedAt: try reader.date()
                    )
                }
            )
        case 14:
            let number = try reader.unsigned()
            guard let key = try reader.keys().first else {
                throw RecordReader.Malformed(what: "a message names no attempt")
            }
            self = .resume(number, key)
        case let other: throw RecordReader.Malformed(what: "\(other) is no message of a supervisor")
        }
    }
}

extension RecordWriter {
    fileprivate mutating func order(_ order: AttemptOrder) {
        self.id(order.run)
        self.int(order.attempt)
        self.unsigned(order.fence)
        self.executable(order.executable)
        self.optional(order.timeout) { $0.duration($1) }
        self.duration(order.killGrace)
        self.texts(order.environment)
        self.optional(order.workingDirectory) { $0.text($1) }
        self.text(order.onLapse.rawValue)
        self.text(order.onOutage.rawValue)
        self.bool(order.mayRepeat)
        self.optional(order.retry) { writer, retry in
            writer.signed(retry.pauseSeconds)
            writer.optional(retry.latest) { $0.instant($1) }
        }
    }
}

extension RecordReader {
    fileprivate mutating func order() throws(Malformed) -> AttemptOrder {
        var order = AttemptOrder(
            run: try self.runID(),
            attempt: try self.int(),
            fence: try self.unsigned(),
            executable: try self.executable()
        )
        order.timeout = try self.optional { reader throws(Malformed) in try reader.duration() }
        order.killGrace = try self.duration()
        order.environment = try self.texts()
        order.workingDirectory = try self.optional { reader throws(Malformed) in try reader.text() }
        order.onLapse = try self.choice(LapseConduct.self)
        order.onOutage = try self.choice(OutagePolicy.self)
        order.mayRepeat = try self.bool()
        order.retry = try self.optional { reader throws(Malformed) in
            AttemptRetry(
                pauseSeconds: try reader.signed(),
                latest: try reader.optional { reader throws(Malformed) in try reader.instant() }
            )
        }
        return order
    }
}
