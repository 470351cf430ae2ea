import HeapModule

/// What is to happen at moments to come: the earliest first, and at the same moment in the order of asking.
///
/// Waits are cancelled far more often than they come to their end, so a cancelled one costs next to nothing: it stays in
/// the heap, as a number without an action, until it is met there or most are like it.
struct TimerQueue {
    private struct Entry: Comparable {
        /// In nanoseconds since the beginning.
        let at: Int64
        let ticket: UInt64

        static func < (lhs: Self, rhs: Self) -> Bool {
            lhs.at != rhs.at ? lhs.at < rhs.at : lhs.ticket < rhs.ticket
        }
    }
    private struct Place {
        /// The ticket of the entry that has the place; zero if it is free.
        var ticket: UInt64 = 0
        var action: (@Sendable () -> Void)?
    }
    /// How many bits of a ticket say where its action is; those above count the tickets.
    private static let placeBits: UInt64 = 24

    private var entries = Heap<Entry>()
    private var places: [Place] = []
    private var free: [Int] = []
    private var ticketCount: UInt64 = 0

    private static func place(of ticket: UInt64) -> Int { Int(ticket & (1 << self.placeBits - 1)) }

    /// - Returns: What ``cancel(_:)`` takes; never zero.
    mutating func add(at time: Int64, _ action: @escaping @Sendable () -> Void) -> UInt64 {
        let place: Int
        if let last = self.free.popLast() {
            place = last
        } else {
            place = self.places.count
            precondition(place < 1 << Self.placeBits, "too many waits at once")
            self.places.append(Place())
        }
        self.ticketCount += 1
        let ticket = self.ticketCount << Self.placeBits | UInt64(place)
        self.places[place] = Place(ticket: ticket, action: action)
        self.entries.insert(Entry(at: time, ticket: ticket))
        return ticket
    }

    /// - Returns: The action, for the caller to let go of; nil if it has happened or was cancelled.
    mutating func cancel(_ ticket: UInt64) -> (@Sendable () -> Void)? {
        let action = self.take(ticket)
        let liveCount = self.places.count - self.free.count
        if action != nil, self.entries.count > 64, self.entries.count > 4 * liveCount {
            let places = self.places
            self.entries = Heap(self.entries.unordered.filter { places[Self.place(of: $0.ticket)].ticket == $0.ticket })
        }
        return action
    }

    /// Takes out the earliest of those that were not cancelled.
    mutating func popFirst() -> (at: Int64, action: @Sendable () -> Void)? {
        while let entry = self.entries.popMin() {
            if let action = self.take(entry.ticket) { return (entry.at, action) }
        }
        return nil
    }

    private mutating func take(_ ticket: UInt64) -> (@Sendable () -> Void)? {
        let place = Self.place(of: ticket)
        guard place < self.places.count, ticket != 0, self.places[place].ticket == ticket else { return nil }
        defer { self.places[place] = Place() }
        self.free.append(place)
        return self.places[place].action
    }
}
