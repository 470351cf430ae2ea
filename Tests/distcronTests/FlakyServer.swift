import Dispatch
import Glibc
import Testing

/// A server on the loopback address that answers each connection as it is told, and then is gone.
final class FlakyServer: Sendable {
    let url: String
    private let received: AsyncStream<String>

    /// Begins to listen.
    ///
    /// - Parameter answers: For each connection the status of its answer, or nil to hang up instead.
    /// - Throws: An error of the test if there is no port.
    init(_ answers: [String?]) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        try #require(isListening)
        self.url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        self.received = stream
        DispatchQueue(label: "flaky").async {
            for answer in answers {
                let connection = accept(listener, nil, nil)
                continuation.yield(Self.request(connection))
                if let answer {
                    let text = "HTTP/1.1 \(answer)\r\nContent-Length: 3\r\nConnection: close\r\n\r\n{}\n"
                    _ = Array(text.utf8).withUnsafeBytes { send(connection, $0.baseAddress, $0.count, 0) }
                }
                close(connection)
            }
            close(listener)
            continuation.finish()
        }
    }

    /// What was received, once every answer has been given.
    func requests() async -> [String] { await self.received.reduce(into: []) { $0.append($1) } }

    /// Reads a request to the end of its body.
    private static func request(_ connection: Int32) -> String {
        var text = ""
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return text }
            text += String(decoding: chunk[..<count], as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
            let length = text.firstMatch(of: #/(?i)content-length: (\d+)/#).flatMap { Int($0.output.1) } ?? 0
            if text[end.upperBound...].utf8.count >= length { return text }
        }
    }
}
