/// Which schedules the slots of a worker use, kept up a slot at a time: pure.
struct ScheduleUsage: Sendable {
    private var bySlot: [SlotID: Set<Schedule>] = [:]
    /// In how many slots each schedule is used.
    private var slotCounts: [Schedule: Int] = [:]
    private var hasChanged = false

    /// A slot now uses exactly these.
    mutating func replace(_ schedules: Set<Schedule>, in slot: SlotID) {
        let before = self.bySlot[slot] ?? []
        guard before != schedules else { return }
        self.bySlot[slot] = schedules.isEmpty ? nil : schedules
        for schedule in schedules.subtracting(before) {
            self.slotCounts[schedule, default: 0] += 1
            if self.slotCounts[schedule] == 1 { self.hasChanged = true }
        }
        for schedule in before.subtracting(schedules) {
            self.slotCounts[schedule, default: 1] -= 1
            guard self.slotCounts[schedule] == 0 else { continue }
            self.slotCounts[schedule] = nil
            self.hasChanged = true
        }
    }

    /// All schedules in use, if they are not the same as when this was last asked.
    mutating func takeChange() -> Set<Schedule>? {
        guard self.hasChanged else { return nil }
        self.hasChanged = false
        return Set(self.slotCounts.keys)
    }
}
