import HeapModule

/// The next instant of each armed schedule, earliest first: a wake-up costs as much as what is due.
struct Alarms {
    private struct Alarm: Comparable {
        let instant: Instant
        let schedule: Schedule

        static func < (lhs: Self, rhs: Self) -> Bool { lhs.instant < rhs.instant }
        static func == (lhs: Self, rhs: Self) -> Bool { lhs.instant == rhs.instant }
    }
    private var armed: Set<Schedule> = []
    private var queue = Heap<Alarm>()

    /// The earliest instant at which something may be due.
    var next: Instant? { self.queue.min?.instant }

    /// Arms exactly these schedules; those that were armed already keep their alarm.
    mutating func replace(with schedules: Set<Schedule>, after now: Instant) {
        let added = schedules.subtracting(self.armed)
        if added.count < schedules.count {
            self.queue = Heap(self.queue.unordered.filter { schedules.contains($0.schedule) })
        } else {
            self.queue = Heap()
        }
        self.armed = schedules
        self.queue.insert(contentsOf: added.compactMap { Self.alarm($0, after: now) })
    }

    /// Moves every alarm that is not later than the present to its schedule's next instant.
    ///
    /// - Returns: Whether there was one.
    mutating func advance(to now: Instant) -> Bool {
        var isDue = false
        while let alarm = self.queue.min, alarm.instant <= now {
            isDue = true
            if let next = Self.alarm(alarm.schedule, after: now) {
                self.queue.replaceMin(with: next)
            } else {
                self.queue.removeMin()
            }
        }
        return isDue
    }

    private static func alarm(_ schedule: Schedule, after now: Instant) -> Alarm? {
        schedule.next(after: now).map { Alarm(instant: $0, schedule: schedule) }
    }
}
