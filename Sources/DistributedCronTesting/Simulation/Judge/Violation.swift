/// Something that must never happen, and did.
package struct Violation: Sendable, Hashable {
    /// The invariant's number and name, such as `V5 at most one start` (`Documentation/simulation.md`).
    package let invariant: String
    /// When, since the simulation began.
    package let at: Duration
    /// What happened.
    package let detail: String
}
