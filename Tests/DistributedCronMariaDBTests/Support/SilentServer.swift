#if MariaDB
import DistributedCron
import Foundation

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// A TCP server that takes connections and never says a word.
final class SilentServer: Sendable {
    let port: Int
    /// Rings once somebody has connected.
    let hasClient = Bell()
    private let listener: Int32

    init() throws {
        self.listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, raw, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        self.port = Int(UInt16(bigEndian: address.sin_port))
        let hasClient = self.hasClient
        Thread.detachNewThread {
            let client = Glibc.accept(descriptor, nil, nil)
            hasClient.ring()
            var byte: UInt8 = 0
            while read(client, &byte, 1) > 0 {}
            close(client)
        }
    }

    /// Listens no more.
    func stop() {
        shutdown(self.listener, Int32(SHUT_RDWR))
        close(self.listener)
    }
}

/// Where two threads wait for each other.
final class Barrier: Sendable {
    private let arrivals = Lock(0)
    private let both = DispatchSemaphore(value: 0)

    /// Returns once both have called it.
    func meet() {
        let isSecond = self.arrivals.withLock { count in
            count += 1
            return count == 2
        }
        if isSecond { self.both.signal() } else { self.both.wait() }
    }
}
#endif
