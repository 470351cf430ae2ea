/// What can go wrong in a simulated cluster, as it does in real ones.
///
/// The names are those of `Scripts/simulate --fault` and of its last line.
package enum FaultKind: String, CaseIterable, Sendable, Hashable, Comparable {
    // The store.
    /// COMMIT is refused although every statement before it had succeeded, as by a certification failure.
    case commitRefused = "commit-refused"
    /// The answer to COMMIT is lost; it was carried out.
    case commitUnknownApplied = "commit-unknown-applied"
    /// The answer to COMMIT is lost; it was not carried out.
    case commitUnknownLost = "commit-unknown-lost"
    /// A read that does not ask for the newest sees the store as it was.
    case staleRead = "stale-read"
    /// Every write is refused.
    case storeReadOnly = "store-read-only"
    /// Nothing is answered for a while, and then everything.
    case storeStall = "store-stall"
    /// The last commits are gone.
    case storeForgets = "store-forgets"

    // Coordination.
    /// The connection is lost with a request on it that was carried out.
    case connectionLossApplied = "connection-loss-applied"
    /// The connection is lost with a request on it that was not carried out.
    case connectionLossLost = "connection-loss-lost"
    /// A request is not answered in time; it was carried out.
    case operationTimeoutApplied = "operation-timeout-applied"
    /// A request is not answered in time; it was not carried out.
    case operationTimeoutLost = "operation-timeout-lost"
    /// A session is gone, and its process hears of it.
    case sessionLost = "session-lost"
    /// A session is gone, and its process cannot hear of it.
    case sessionLostUnnoticed = "session-lost-unnoticed"
    /// What was ephemeral outlives its session by up to a tick.
    case ephemeralOutlives = "ephemeral-outlives"
    /// A watch is delivered seconds late.
    case watchLate = "watch-late"
    /// Several changes are delivered as one.
    case watchCoalesced = "watch-coalesced"
    /// The ensemble has no quorum.
    case quorumLoss = "quorum-loss"
    /// The ensemble is rebuilt empty, in a new incarnation, and its numbers are small again.
    case ensembleRebuilt = "ensemble-rebuilt"

    // Artifacts.
    case artifactMissing = "artifact-missing"
    case artifactCorrupt = "artifact-corrupt"
    case artifactSlow = "artifact-slow"

    // The network.
    /// Nothing passes between a node and a service.
    case linkCut = "link-cut"
    /// Requests do not arrive.
    case linkCutOutward = "link-cut-outward"
    /// Answers do not arrive.
    case linkCutInward = "link-cut-inward"
    /// Messages take seconds.
    case linkDelayed = "link-delayed"
    /// A link is cut and mended every few seconds.
    case linkFlapping = "link-flapping"

    // Nodes.
    /// The node loses power: only its disk is left.
    case nodeCrash = "node-crash"
    /// The node stands still, its jobs too, and goes on without noticing.
    case nodeSuspended = "node-suspended"
    /// The node is shut down in good order, and comes back.
    case nodeRestart = "node-restart"
    /// An operator takes a worker out of service, and back.
    case workerDrained = "worker-drained"
    /// Nothing can be written to the node's disk.
    case diskFull = "disk-full"
    /// The node's civil time is off.
    case clockOff = "clock-off"

    // Processes.
    /// A process is killed.
    case processKilled = "process-killed"
    /// A process is stopped for a while; what it started goes on.
    case processPaused = "process-paused"
    /// A worker's claims do not get out of its process, while everything else in it goes on.
    case workerStuck = "worker-stuck"
    /// A job's process outlives the worker that started it.
    case childOutlives = "child-outlives"
    case spawnFails = "spawn-fails"
    /// A job's process ends, and how is never known.
    case exitUnreported = "exit-unreported"

    /// A process stops exactly at a write of the store, for longer than a lease or a leadership may last.
    case writeHeld = "write-held"
    /// A write of the store, or its answer, is long on its way.
    case writeLate = "write-late"
    /// A worker stops at a claim while slots are taken from it and come back.
    case slotsReturned = "slots-returned"
    /// Slots are taken from a worker that does not hear whether a claim in them was written.
    case slotsTaken = "slots-taken"

    // Wake-ups.
    case wakeupLost = "wakeup-lost"
    case wakeupDoubled = "wakeup-doubled"
    case wakeupLate = "wakeup-late"

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}
