#if HTTP
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What clients may take of a server before they are cut off.
public struct ConnectionLimits: Sendable, Hashable {
    /// How long a connection may wait for a whole head of a request; 60 seconds by default.
    public var idle = Duration.seconds(60)
    /// The same while most of the connections are taken; 5 seconds by default.
    public var crowdedIdle = Duration.seconds(5)
    /// How long a body may take on top of what ``minimumBodyRate`` gives it; 30 seconds by default.
    public var bodyGrace = Duration.seconds(30)
    /// How many bytes of a body have to come in a second, on average; 500 by default.
    public var minimumBodyRate = 500
    /// How long a client may leave what was sent to it unread; 60 seconds by default.
    public var stalledWrite = Duration.seconds(60)
    /// How many bytes of a body are still taken and thrown away after it was refused; 256 KiB by default.
    public var refusedBytes = 256 * 1_024
    /// How long they may take to come; 5 seconds by default.
    public var refusedTime = Duration.seconds(5)
    /// The most bytes of a path with its query and all header fields; 32 KiB by default.
    public var headerBytes = 32 * 1_024
    /// The most header fields; 100 by default.
    public var headerFields = 100
    /// The most connections; by default 4,096, or as many as leave a quarter of the process's descriptors free.
    public var connections = ConnectionLimits.defaultConnections

    /// Creates the defaults.
    public init() {}

    /// Connections above this many are a crowd.
    var crowd: Int { self.connections / 4 * 3 }

    private static let defaultConnections: Int = {
        var limit = rlimit()
        #if canImport(Glibc)
        let result = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
        let result = getrlimit(RLIMIT_NOFILE, &limit)
        #endif
        guard result == 0 else { return 512 }
        let descriptors = Int(clamping: limit.rlim_cur)
        return min(4_096, max(16, descriptors - max(64, descriptors / 4)))
    }()
}
#endif
