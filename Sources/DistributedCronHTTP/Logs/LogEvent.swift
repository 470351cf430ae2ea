import DistributedCron

/// What a follower of a run's log is told.
enum LogEvent: Sendable, Hashable {
    /// Another attempt begins, with an empty log.
    case attempt(Int)
    /// Text of one stream; the id says where the log goes on.
    case text(id: String, OutputTail.Stream, String)
    /// Bytes that are missed.
    case gap(Int)
    /// The run has ended.
    case end(Run)

    /// The event as it is sent (HTML Living Standard, server-sent events).
    var bytes: [UInt8] {
        switch self {
        case .attempt(let number): Self.bytes("attempt", ["attempt": .number(String(number))])
        case .text(let id, let stream, let text):
            Self.bytes("log", id: id, ["stream": .string(stream.rawValue), "text": .string(text)])
        case .gap(let count): Self.bytes("gap", ["dropped_bytes": .number(String(count))])
        case .end(let run): Self.bytes("end", id: "end", RunResource(run: run, path: "").ending)
        }
    }

    /// A comment, which keeps proxies from closing a silent connection.
    static let heartbeat = Array(":\n\n".utf8)

    private static func bytes(_ name: String, id: String? = nil, _ data: JSONValue) -> [UInt8] {
        var lines = id.map { "id: \($0)\n" } ?? ""
        lines += "event: \(name)\n"
        var bytes = Array(lines.utf8)
        bytes += Array("data: ".utf8)
        // JSON on one line: a newline in the text is escaped.
        bytes += data.line
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}
