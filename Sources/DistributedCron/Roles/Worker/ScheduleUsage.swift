/// Which schedules the slots of a worker use, kept up a slot at a time: pure.
///
/// A schedule that many slots use is held once, and the slots hold its number: with a million jobs, that is most of what
/// there is to remember.
struct ScheduleUsage: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        var schedule: Schedule
        /// In how many slots it is used.
        var slotCount = 0
    }

    /// By their numbers; those that are free hold what they held last.
    private var entries: [Entry] = []
    private var free: [Int32] = []
    private var numbers: [Schedule: Int32] = [:]
    private var bySlot: [SlotID: [Int32]] = [:]
    private var hasChanged = false

    /// A slot now uses exactly these.
    mutating func replace(_ schedules: Set<Schedule>, in slot: SlotID) {
        let before = Set(self.bySlot[slot] ?? [])
        let after = schedules.map { self.numbers[$0] ?? self.add($0) }
        for number in after where !before.contains(number) { self.entries[Int(number)].slotCount += 1 }
        for number in before.subtracting(after) {
            self.entries[Int(number)].slotCount -= 1
            if self.entries[Int(number)].slotCount == 0 { self.remove(number) }
        }
        self.bySlot[slot] = after.isEmpty ? nil : after
    }

    /// All schedules in use, if they are not the same as when this was last asked.
    mutating func takeChange() -> Set<Schedule>? {
        guard self.hasChanged else { return nil }
        self.hasChanged = false
        return Set(self.numbers.keys)
    }

    private mutating func add(_ schedule: Schedule) -> Int32 {
        self.hasChanged = true
        let number = self.free.popLast() ?? Int32(self.entries.count)
        if Int(number) == self.entries.count {
            self.entries.append(Entry(schedule: schedule))
        } else {
            self.entries[Int(number)].schedule = schedule
        }
        self.numbers[schedule] = number
        return number
    }

    private mutating func remove(_ number: Int32) {
        self.hasChanged = true
        self.numbers[self.entries[Int(number)].schedule] = nil
        self.free.append(number)
    }
}
