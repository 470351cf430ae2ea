/// Until when a worker may act on its slots: pure, on a clock that goes on while the machine sleeps.
///
/// The coordination service never tells a process that it is cut off, so a worker counts for itself: from the moment
/// at which it *sent* the newest heartbeat that was acknowledged. Times are durations on one stopwatch.
package struct Lease: Sendable {
    /// How long a heartbeat's acknowledgement is good for; shorter than the service's own session time-out.
    package let length: Duration
    /// Until when the worker may act; nil if it may not.
    package private(set) var deadline: Duration?

    package init(length: Duration) {
        self.length = length
    }

    /// Counts from the sending of an acknowledged heartbeat; late acknowledgements never shorten the lease.
    package mutating func acknowledge(sentAt sent: Duration) {
        self.deadline = max(self.deadline ?? sent + self.length, sent + self.length)
    }

    /// The session is gone: nothing is permitted until a new one has answered.
    package mutating func revoke() {
        self.deadline = nil
    }

    /// Whether the worker may act now.
    package func isValid(at now: Duration) -> Bool {
        self.deadline.map { now < $0 } ?? false
    }
}
