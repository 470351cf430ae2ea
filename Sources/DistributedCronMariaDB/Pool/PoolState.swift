#if MariaDB
import DequeModule

/// Which connections of a pool are free, and who waits for one.
struct PoolState {
    typealias Waiter = CheckedContinuation<Lease, any Error>

    /// A connection that was handed out.
    struct Lease: Sendable {
        let connection: Connection
        /// When it was given back last, on the pool's clock.
        let idleSince: Duration
    }

    /// How many calls wait at most; more are refused at once.
    static let waiterLimit = 4_096

    let limit: Int
    private(set) var isClosed = false
    /// Connections that exist or are being made.
    private(set) var count = 0
    /// How many calls wait for a connection.
    var waiterCount: Int { self.waiters.count }
    /// The one that was used last is the last.
    private var idle: [Lease] = []
    private var waiters: Deque<(ticket: Int, waiter: Waiter)> = []
    private var connecting = 0
    private var nextTicket = 0

    init(limit: Int) { self.limit = limit }

    mutating func makeTicket() -> Int {
        self.nextTicket += 1
        return self.nextTicket
    }

    /// The free connection that was used last.
    mutating func takeIdle() -> Lease? { self.idle.popLast() }

    /// Adds somebody who waits.
    ///
    /// - Returns: Whether a connection is to be made, or nil if too many wait already.
    mutating func wait(_ ticket: Int, _ waiter: Waiter) -> Bool? {
        guard self.waiters.count < Self.waiterLimit else { return nil }
        self.waiters.append((ticket, waiter))
        return self.begin()
    }

    /// Removes somebody who waits no longer.
    mutating func leave(_ ticket: Int) -> Waiter? {
        guard let index = self.waiters.firstIndex(where: { $0.ticket == ticket }) else { return nil }
        return self.waiters.remove(at: index).waiter
    }

    /// A connection is free.
    ///
    /// - Returns: Who gets it, or nil if it was laid aside.
    mutating func free(_ lease: Lease, isNew: Bool) -> Waiter? {
        if isNew { self.connecting -= 1 }
        if let next = self.waiters.popFirst() { return next.waiter }
        self.idle.append(lease)
        return nil
    }

    /// A connection could not be made.
    ///
    /// - Returns: Who hears of it, and whether another is to be made for those who still wait.
    mutating func fail() -> (waiter: Waiter?, connect: Bool) {
        self.connecting -= 1
        self.count -= 1
        let waiter = self.waiters.popFirst()?.waiter
        return (waiter, self.begin())
    }

    /// A connection is gone.
    ///
    /// - Returns: Whether another is to be made for those who wait.
    mutating func drop() -> Bool {
        self.count -= 1
        return self.begin()
    }

    /// Takes idle connections out, to be looked at or closed.
    mutating func takeIdle(where condition: (Lease) -> Bool) -> [Lease] {
        let taken = self.idle.filter(condition)
        self.idle.removeAll(where: condition)
        return taken
    }

    /// Nothing is handed out any more.
    ///
    /// - Returns: The connections that are free, and who waits.
    mutating func close() -> (idle: [Connection], waiters: [Waiter]) {
        self.isClosed = true
        defer {
            self.count -= self.idle.count
            self.idle = []
            self.waiters = []
        }
        return (self.idle.map(\.connection), self.waiters.map(\.waiter))
    }

    /// Reserves the place of a connection for somebody who waits, if one is free and not enough are on their way.
    private mutating func begin() -> Bool {
        guard !self.isClosed, self.count < self.limit, self.connecting < self.waiters.count else { return false }
        self.count += 1
        self.connecting += 1
        return true
    }
}
#endif
