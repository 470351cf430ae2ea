/// What the owner of a slot believes of it.
package struct SlotView: Sendable, Hashable {
    /// The slot's row.
    package let slot: Slot
    /// The runs that were launched and of whose ends the owner has not heard.
    package let inProgress: Set<RunID>

    package init(slot: Slot, inProgress: Set<RunID>) {
        self.slot = slot
        self.inProgress = inProgress
    }
}
