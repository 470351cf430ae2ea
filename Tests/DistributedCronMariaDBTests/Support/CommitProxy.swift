#if MariaDB
import DistributedCron
import Foundation

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// A TCP proxy before a server that takes commits for something else now and then.
///
/// It knows one thing of the protocol: a packet that holds the text `COMMIT` after the command byte of a query.
final class CommitProxy: Sendable {
    /// What becomes of a commit.
    enum Fault: CaseIterable, Sendable {
        /// The server commits; the client never hears of it.
        case replyLost
        /// The server never hears of it, and loses the connection.
        case requestLost
        /// The client loses the connection, and the server commits a while after that.
        case requestLate
        /// The client loses the connection, and the server waits for a commit that does not come.
        case requestNeverCame
    }

    let port: Int
    private let listener: Int32
    private let target: sockaddr_in
    private let faults: Lock<[Fault]>
    private let seen = Lock(0)
    private let pause = Lock<(@Sendable () -> Void)?>(nil)

    /// Listens on a port of its own before a server on this machine.
    init(before serverPort: Int) throws {
        self.target = Self.address(port: serverPort)
        self.faults = Lock([])
        self.listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, raw, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        self.port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { self.accept() }
    }

    /// How many commits have met a fault.
    var count: Int { self.seen.withLock { $0 } }

    /// Has the next commits meet faults, one each.
    func arm(_ faults: [Fault]) { self.faults.withLock { $0 += faults } }

    /// Has each commit wait until something is done, which may block, or has none wait any more.
    func hold(_ pause: (@Sendable () -> Void)?) { self.pause.withLock { $0 = pause } }

    /// Listens no more.
    func stop() {
        shutdown(self.listener, Int32(SHUT_RDWR))
        close(self.listener)
    }

    private static func address(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private func accept() {
        while true {
            let client = Glibc.accept(self.listener, nil, nil)
            guard client >= 0 else { return }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = self.target
            let isConnected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard isConnected else {
                close(client)
                close(server)
                continue
            }
            let isMuted = Lock(false)
            let pair = Pair(client: client, server: server)
            Thread.detachNewThread { self.copyAnswers(pair, isMuted: { isMuted.withLock { $0 } }) }
            Thread.detachNewThread { self.copyRequests(pair, mute: { isMuted.withLock { $0 = true } }) }
        }
    }

    private struct Pair: Sendable {
        let client: Int32
        let server: Int32
    }

    private func copyAnswers(_ pair: Pair, isMuted: () -> Bool) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(pair.server, &buffer, buffer.count)
            guard count > 0 else { break }
            if !isMuted() { _ = send(pair.client, buffer, count, Int32(MSG_NOSIGNAL)) }
        }
        shutdown(pair.client, Int32(SHUT_RDWR))
    }

    private func copyRequests(_ pair: Pair, mute: () -> Void) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(pair.client, &buffer, buffer.count)
            guard count > 0 else { break }
            let isCommit = buffer.prefix(count).elementsEqual([7, 0, 0, 0, 3] + Array("COMMIT".utf8))
            if isCommit, let fault = self.faults.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                self.seen.withLock { $0 += 1 }
                mute()
                self.commit(fault, pair, Array(buffer.prefix(count)))
                break
            }
            if isCommit, let pause = self.pause.withLock({ $0 }) { pause() }
            _ = send(pair.server, buffer, count, Int32(MSG_NOSIGNAL))
        }
        shutdown(pair.server, Int32(SHUT_RDWR))
        shutdown(pair.client, Int32(SHUT_RDWR))
    }

    private func commit(_ fault: Fault, _ pair: Pair, _ packet: [UInt8]) {
        func request() { _ = send(pair.server, packet, packet.count, Int32(MSG_NOSIGNAL)) }
        switch fault {
        case .replyLost:
            request()
            // The server is done before the client can ask.
            usleep(50_000)
        case .requestLost: break
        case .requestLate:
            shutdown(pair.client, Int32(SHUT_RDWR))
            usleep(300_000)
            request()
            usleep(100_000)
        case .requestNeverCame:
            shutdown(pair.client, Int32(SHUT_RDWR))
            usleep(300_000)
        }
    }
}
#endif
