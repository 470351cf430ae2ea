/// Why a worker is to have no slots.
public enum DrainReason: String, Sendable, Hashable, CaseIterable {
    /// Somebody has asked for it: an operator, or the worker itself when it is shut down.
    case asked
    /// The worker lives and makes no progress, as the leader has found.
    case stalled

    /// What holds once somebody has said whether a worker is to have no slots, and why.
    ///
    /// - Parameters:
    ///   - present: What held before, nil if the worker might have slots.
    ///   - isDraining: Whether it is to have none.
    ///   - reason: Why that was said.
    /// - Returns: Why the worker is to have no slots now, nil if it may have some.
    package static func after(_ present: Self?, saying isDraining: Bool, because reason: Self) -> Self? {
        if reason == .stalled, present == .asked { return present }
        return isDraining ? reason : nil
    }
}
