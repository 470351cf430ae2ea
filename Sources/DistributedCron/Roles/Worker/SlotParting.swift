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
    /// How many times a slot that was this worker's is looked at again: for an hour, if it is once in two minutes.
    static let looksBack = 30

    /// Another share of the slots that were this worker's is to be looked at: a store that has forgotten the end of a run
    /// shows it nowhere else, and the slot's new owner leaves the runs of a living worker alone.
    ///
    /// - Parameter share: After how many calls every slot has had its turn.
    /// - Returns: Those slots.
    package mutating func lookBack(share: Int) -> [SlotID] {
        let slots = self.left.keys.sorted()
        let start = slots.firstIndex { slot in self.lookedBackLast.map { $0 < slot } ?? true } ?? 0
        let turn = Array((slots[start...] + slots[..<start]).prefix((slots.count + share - 1) / share))
        self.lookedBackLast = turn.last ?? self.lookedBackLast
        return turn
    }

    /// A slot that was this worker's has been looked at; while the store is away, no look is used up.
    package mutating func lookedBack(at slot: SlotID) {
        self.left[slot] = self.left[slot].flatMap { $0 > 1 ? $0 - 1 : nil }
    }

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
