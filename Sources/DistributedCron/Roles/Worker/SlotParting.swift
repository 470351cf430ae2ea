/// A slot that was taken away from a worker which did not know whether its last call was written in it.
package struct SlotParting: Sendable, Equatable {
    /// The slot.
    package let slot: SlotID
    /// The epoch that is over.
    package let epoch: Epoch
    /// The attempts that were permitted under it.
    let permitted: [RunID: AttemptKey]
}

extension SlotBoard {
    /// The store's answer to what is left in a slot.
    ///
    /// The epoch has been raised by then, so nothing more can be written under the one that is over.
    ///
    /// - Returns: The permits for runs that this worker has claimed without knowing: their slot's new owner leaves them
    ///   alone for as long as this worker lives.
    package mutating func part(_ parting: SlotParting, _ contents: SlotContents, as worker: WorkerID) -> [LaunchPermit]
    {
        guard contents.slot.epoch > parting.epoch else { return [] }
        self.partings.removeAll { $0 == parting }
        return contents.open.compactMap { open in
            guard parting.permitted[open.run.id] != AttemptKey(of: open.run) else { return nil }
            return LaunchPermit(left: open, in: parting.slot, under: parting.epoch, of: worker)
        }
    }
}
