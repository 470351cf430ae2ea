/// When a running attempt has to end because of its worker's lease: pure, for whoever supervises attempts.
///
/// Nothing of what was said earlier is remembered, so whoever was stopped, or slept with the machine, says what is true
/// at the moment at which it asks again. Times are durations on the stopwatch of the ``Lease``.
package struct Supervision: Sendable, Hashable {
    /// What is to be done about an attempt.
    package enum Verdict: Sendable, Hashable {
        /// It may run; to be judged again at this time, or never if nil.
        case run(until: Duration?)
        /// It is to have been asked to end; to be judged again at this time.
        ///
        /// One that was asked stays so if the lease is renewed meanwhile. Then it keeps its own grace.
        case ask(until: Duration)
        /// All of it is to be ended at once, whatever its grace.
        case kill
    }

    /// What happens to the attempt when the lease lapses.
    package let conduct: LapseConduct
    /// How long before the end of the lease the attempt is asked to end.
    package let stopGrace: Duration

    package init(_ conduct: LapseConduct, stopGrace: Duration) {
        self.conduct = conduct
        self.stopGrace = stopGrace
    }

    /// Judges an attempt.
    ///
    /// - Parameters:
    ///   - deadline: Until when the lease is good; nil if it was revoked, or never given.
    ///   - now: The present.
    /// - Returns: What is to be done now. A lease that is renewed moves every time that was named before; one that is
    ///   revoked has to be told, because nothing else makes the supervisor judge before that time.
    package func verdict(deadline: Duration?, now: Duration) -> Verdict {
        guard self.conduct == .stop else { return .run(until: nil) }
        guard let deadline, now < deadline else { return .kill }
        let asked = deadline - self.stopGrace
        return now < asked ? .run(until: asked) : .ask(until: deadline)
    }
}
