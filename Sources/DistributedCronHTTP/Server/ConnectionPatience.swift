#if HTTP
import NIOCore

/// Decides when a connection has taken too long, by what it is doing.
///
/// Pure: it is told what happens and when, and says until when it waits for what.
struct ConnectionPatience {
    /// What was waited for in vain.
    enum Fault: Hashable {
        /// A whole head of a request.
        case idle
        /// The rest of a body.
        case slowBody
        /// The rest of a body that was refused.
        case refusedBody
        /// The client's reading.
        case unread
    }

    let limits: ConnectionLimits
    private var openRequests = 0
    private var body: (since: NIODeadline, bytes: Int)?
    private var refused: (since: NIODeadline, bytes: Int)?
    private var idleSince: NIODeadline?
    private var unreadSince: NIODeadline?

    init(limits: ConnectionLimits) { self.limits = limits }

    /// Whether no request is being received or answered.
    var isIdle: Bool { self.openRequests == 0 && self.body == nil }
    /// Whether a request has begun to come and has not ended.
    var isReceiving: Bool { self.body != nil }
    /// Whether the rest of a body is only thrown away.
    var isRefusing: Bool { self.refused != nil }
    /// Whether more of a refused body has come than is worth reading.
    var hasRefusedEnough: Bool { self.refused.map { $0.bytes > self.limits.refusedBytes } ?? false }
    /// How many bytes of the body have come.
    var bodyBytes: Int { self.body?.bytes ?? 0 }

    mutating func opened(at now: NIODeadline) { self.idleSince = now }

    mutating func headCame(at now: NIODeadline) {
        self.openRequests += 1
        self.body = (now, 0)
    }

    mutating func bodyCame(_ bytes: Int) {
        self.body?.bytes += bytes
        self.refused?.bytes += bytes
    }

    mutating func endCame(at now: NIODeadline) {
        self.body = nil
        self.refused = nil
        if self.openRequests == 0 { self.idleSince = now }
    }

    mutating func responseEnded(at now: NIODeadline) {
        self.openRequests = max(0, self.openRequests - 1)
        if self.openRequests == 0 {
            self.idleSince = now
            if self.body != nil { self.refused = (now, 0) }
        } else if let body = self.body {
            // Nobody read the body while the answer to the request before was made.
            self.body = (now, body.bytes)
        }
    }

    mutating func readabilityChanged(isReading: Bool, at now: NIODeadline) {
        self.unreadSince = isReading ? nil : self.unreadSince ?? now
    }

    /// Until when to wait, and for what.
    func deadline(isCrowded: Bool) -> (time: NIODeadline, fault: Fault)? {
        [self.unread, self.refusal, self.slowness, self.idleness(isCrowded: isCrowded)].compactMap { $0 }.min {
            $0.time < $1.time
        }
    }

    private var unread: (time: NIODeadline, fault: Fault)? {
        self.unreadSince.map { ($0 + TimeAmount(self.limits.stalledWrite), .unread) }
    }

    private var refusal: (time: NIODeadline, fault: Fault)? {
        self.refused.map { ($0.since + TimeAmount(self.limits.refusedTime), .refusedBody) }
    }

    private var slowness: (time: NIODeadline, fault: Fault)? {
        guard let body = self.body, self.openRequests == 1 else { return nil }
        let earned = TimeAmount.milliseconds(Int64(body.bytes) * 1_000 / Int64(max(1, self.limits.minimumBodyRate)))
        return (body.since + TimeAmount(self.limits.bodyGrace) + earned, .slowBody)
    }

    private func idleness(isCrowded: Bool) -> (time: NIODeadline, fault: Fault)? {
        guard self.isIdle, let since = self.idleSince else { return nil }
        return (since + TimeAmount(isCrowded ? self.limits.crowdedIdle : self.limits.idle), .idle)
    }
}
#endif
