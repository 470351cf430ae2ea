#if ZooKeeper
import DistributedCron
import Foundation

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// A TCP proxy before a server that loses requests or their answers now and then.
///
/// It knows one thing of the protocol: a request is its length, a number and its type, four bytes each, and then the rest.
final class ReplyProxy: Sendable {
    /// The requests that can meet a fault, by their numbers in the protocol.
    enum Request: UInt32, Sendable, CaseIterable {
        case delete = 2
        case set = 5
        case sync = 9
        case multi = 14
        case create = 15
    }

    /// What becomes of a request.
    enum Fault: Sendable, CaseIterable {
        /// The server does what is asked, and the client loses the connection.
        case replyLost
        /// The server never hears of it, and both lose the connection.
        case requestLost
        /// The server does what is asked, and the client hears nothing any more on this connection.
        case silence
    }

    let port: Int
    /// Rings once a request has met a fault.
    let hasStruck = Bell()
    private let listener: Int32
    private let target: sockaddr_in
    private let faults = Lock<[(request: Request, fault: Fault)]>([])
    private let seen = Lock(0)
    private let refusing = Lock(false)

    /// Listens on a port of its own before a server on this machine.
    init(before serverPort: Int) throws {
        self.target = Self.address(port: serverPort)
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

    /// How many requests have met a fault.
    var count: Int { self.seen.withLock { $0 } }

    /// Whether new connections are cut at once, as if no server were there.
    var isRefusing: Bool {
        get { self.refusing.withLock { $0 } }
        set { self.refusing.withLock { $0 = newValue } }
    }

    /// Has the next requests of a kind meet faults, one each.
    func arm(_ request: Request, _ faults: [Fault]) {
        self.faults.withLock { $0 += faults.map { (request, $0) } }
    }

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
            guard !self.isRefusing else {
                close(client)
                continue
            }
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
        var (buffer, waiting) = ([UInt8](repeating: 0, count: 65_536), [UInt8]())
        var isSilent = false
        reading: while true {
            let count = read(pair.client, &buffer, buffer.count)
            guard count > 0 else { break }
            waiting += buffer.prefix(count)
            while let packet = Self.takePacket(&waiting) {
                guard !isSilent, let fault = self.fault(for: packet) else {
                    Self.pass(packet, to: pair.server)
                    continue
                }
                self.seen.withLock { $0 += 1 }
                mute()
                switch fault {
                case .silence:
                    isSilent = true
                    Self.pass(packet, to: pair.server)
                    self.hasStruck.ring()
                case .replyLost:
                    Self.pass(packet, to: pair.server)
                    // The server is done before the client can ask.
                    usleep(50_000)
                    self.hasStruck.ring()
                    break reading
                case .requestLost:
                    self.hasStruck.ring()
                    break reading
                }
            }
        }
        shutdown(pair.server, Int32(SHUT_RDWR))
        shutdown(pair.client, Int32(SHUT_RDWR))
    }

    private func fault(for packet: [UInt8]) -> Fault? {
        guard packet.count >= 12, let request = Request(rawValue: Self.number(packet[8..<12])) else { return nil }
        return self.faults.withLock { faults in
            faults.firstIndex { $0.request == request }.map { faults.remove(at: $0).fault }
        }
    }

    /// Takes one whole request with its length out of what was read.
    private static func takePacket(_ bytes: inout [UInt8]) -> [UInt8]? {
        guard bytes.count >= 4 else { return nil }
        let end = 4 + Int(self.number(bytes[0..<4]))
        guard bytes.count >= end else { return nil }
        defer { bytes.removeFirst(end) }
        return Array(bytes[..<end])
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

    private static func pass(_ packet: [UInt8], to descriptor: Int32) {
        var sent = 0
        while sent < packet.count {
            let count = packet[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}
#endif
