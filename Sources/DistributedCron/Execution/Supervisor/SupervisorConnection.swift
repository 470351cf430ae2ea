import CSpawn
import Dispatch
import Glibc
import Logging

/// A stream socket on which a worker and a supervisor send each other messages.
///
/// Whoever reads and whoever writes blocks a queue of its own. What is sent waits for the other side to read: a sender that
/// may have much to say waits with it (``send(_:)``).
final class SupervisorConnection: Sendable {
    /// The largest message; more is a mistake.
    private static let maximumBytes = 64 << 20

    private let socket: Descriptor
    private let logger: Logger
    private let writing = DispatchQueue(label: "distcron.supervisor.writing")
    private let reading = DispatchQueue(label: "distcron.supervisor.reading")

    /// Takes over a connected socket.
    ///
    /// - Parameters:
    ///   - socket: The socket.
    ///   - logger: Hears of messages that cannot be read.
    init(_ socket: consuming Descriptor, logger: Logger) {
        self.socket = socket
        self.logger = logger
    }

    /// Whether the other side is a process of a user; says so in the log if it is not.
    ///
    /// Whoever talks on the socket has commands run, or tells how they ended: the directory keeps others out, and this does
    /// if somebody has changed its permissions.
    func isTrusted(by user: uid_t = geteuid()) -> Bool {
        var peer = uid_t.max
        let error = distcron_socket_peer(self.socket.number, &peer)
        if error == 0, peer == user { return true }
        let problem =
            error == 0
            ? "it is of user \(peer)" : SystemError(doing: "see whose process it is", number: error).description
        self.logger.error("A connection to the supervisor's socket is refused", metadata: ["problem": "\(problem)"])
        return false
    }

    /// Sends a message, and returns when it is on its way, or cannot be sent any more.
    func send(_ message: SupervisorMessage) async {
        await withCheckedContinuation { continuation in
            self.writing.async {
                self.write(message)
                continuation.resume()
            }
        }
    }

    /// Sends a message after those before it, without waiting.
    func post(_ message: SupervisorMessage) { self.writing.async { self.write(message) } }

    /// Has everything that comes handled in its order, and finally nil; to be called once.
    func read(_ handle: @escaping @Sendable (SupervisorMessage?) -> Void) {
        self.reading.async {
            while let message = self.nextMessage() { handle(message) }
            self.close()
            handle(nil)
        }
    }

    /// Everything that comes, in its order; to be called once.
    func messages() -> AsyncStream<SupervisorMessage> {
        let (messages, continuation) = AsyncStream.makeStream(of: SupervisorMessage.self)
        self.read { message in
            guard let message else { return continuation.finish() }
            continuation.yield(message)
        }
        return messages
    }

    /// Ends the connection for both sides.
    func close() { shutdown(self.socket.number, Int32(SHUT_RDWR)) }

    // MARK: Frames

    private func write(_ message: SupervisorMessage) {
        let payload = message.bytes
        var frame = withUnsafeBytes(of: UInt32(payload.count).littleEndian) { Array($0) }
        frame += payload
        frame.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let piece = UnsafeRawBufferPointer(rebasing: rest)
                let count = Glibc.send(self.socket.number, piece.baseAddress, piece.count, Int32(MSG_NOSIGNAL))
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    // The reader finds the end.
                    return
                }
            }
        }
    }

    /// Waits for a message; nil at the end, or after what is none.
    private func nextMessage() -> SupervisorMessage? {
        guard let header = self.bytes(4) else { return nil }
        let count = header.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard count <= Self.maximumBytes, let payload = self.bytes(count) else { return nil }
        do throws(RecordReader.Malformed) {
            return try SupervisorMessage(payload)
        } catch {
            self.logger.error(
                "What has connected to the supervisor's socket is another program",
                metadata: ["problem": "\(error.what)"]
            )
            return nil
        }
    }

    private func bytes(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let start = filled
            let got = bytes.withUnsafeMutableBytes { buffer in
                (try? self.socket.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[start...]))) ?? 0
            }
            guard got > 0 else { return nil }
            filled += got
        }
        return bytes
    }
}
