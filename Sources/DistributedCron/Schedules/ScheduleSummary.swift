extension Schedule {
    /// The schedule in plain English, such as `At 09:00, Monday to Friday`.
    ///
    /// It is made from what the schedule does, not from how it was written: `*/25` is "At minutes 0, 25 and 50 of every
    /// hour", because the steps do not go on across the hour, and `H` is shown as the value that it chose.
    public var summary: String {
        switch self.plan {
        case .fields(let fields): ScheduleSummary(fields.civil).text
        case .every(let seconds, _): "Every \(Self.words(seconds)), counted from when the job was created"
        case .once(let second): "Once, at \(Instant(epochSeconds: Int64(second)).formatted(in: self.zone))"
        }
    }

    private static func words(_ seconds: Int) -> String {
        let parts = [(seconds / 3_600, "hour"), (seconds / 60 % 60, "minute"), (seconds % 60, "second")]
        let words = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
        return words == ["1 hour"]
            ? "hour"
            : words == ["1 minute"]
                ? "minute"
                : words == ["1 second"]
                    ? "second"
                    : words.joined(separator: " ")
    }
}

/// Puts masks into words: what time of day, then which days.
struct ScheduleSummary {
    private let minutes: NumberSet
    private let hours: NumberSet
    private let seconds: NumberSet
    private let times: TimesOfDay
    private let days: DaySummary

    init(_ schedule: CivilSchedule) {
        self.times = schedule.times
        self.minutes = NumberSet(schedule.times.minutes, range: 0...59)
        self.hours = NumberSet(UInt64(schedule.times.hours), range: 0...23)
        self.seconds = NumberSet(schedule.times.seconds, range: 0...59)
        self.days = DaySummary(schedule.days)
    }

    var text: String {
        if self.seconds.numbers != [0] { return self.withSeconds }
        let (words, impliesEveryDay) = self.hours.isFull ? (self.throughoutTheDay, true) : self.inHours
        guard let days = self.days.text else { return impliesEveryDay ? words : "\(words), every day" }
        return "\(words), \(days)"
    }

    /// All hours: what happens in each of them.
    private var throughoutTheDay: String {
        if self.minutes.isFull { return "Every minute" }
        if self.minutes.numbers == [0] { return "Every hour, on the hour" }
        if let step = self.minutes.stepFromStart, self.minutes.numbers.count > 3 {
            return 60 % step == 0
                ? "Every \(step) minutes" : "Every \(step) minutes, starting again at minute 0 of every hour"
        }
        return "At \(self.minutes.list("minute")) of every hour"
    }

    /// Some hours only, and whether the words already say that it is so on every day.
    private var inHours: (words: String, impliesEveryDay: Bool) {
        let hours = self.hours.numbers
        if self.minutes.numbers.count == 1 { return self.atOneMinute }
        if self.hours.isRun {
            let first = Self.time(self.times.first)
            let last = Self.time(self.times.last)
            if self.minutes.isFull || hours.count == 1 && self.minutes.isRun {
                return ("Every minute from \(first) to \(last)", false)
            }
            if let step = self.minutes.stepFromStart, 60 % step == 0, self.minutes.numbers.count > 2 {
                return ("Every \(step) minutes from \(first) to \(last)", false)
            }
        }
        if hours.count * self.minutes.numbers.count <= 6 { return (self.allTimes, false) }
        let minutes =
            if self.minutes.isFull {
                "Every minute"
            } else if let step = self.minutes.stepFromStart, 60 % step == 0 {
                "Every \(step) minutes"
            } else {
                "At \(self.minutes.list("minute"))"
            }
        return ("\(minutes) of \(self.hourWords)", false)
    }

    private var atOneMinute: (words: String, impliesEveryDay: Bool) {
        let minute = self.minutes.numbers[0]
        let hours = self.hours.numbers
        if minute == 0, let step = self.hours.stepFromStart, 24 % step == 0, hours.count > 6 {
            return ("Every \(step) hours, on the hour", true)
        }
        if self.hours.isRun, hours.count > 3, minute == 0 {
            return ("Every hour from \(Self.time(self.times.first)) to \(Self.time(self.times.last))", false)
        }
        guard hours.count > 6 else { return (self.allTimes, false) }
        return ("At minute \(minute) of \(self.hourWords)", false)
    }

    /// The hours as part of a sentence about what happens in them.
    private var hourWords: String {
        let hours = self.hours.numbers
        let first = padded(hours[0])
        let last = padded(hours[hours.count - 1])
        if self.hours.isRun, hours.count > 2 { return "every hour from \(first) to \(last)" }
        if let step = self.hours.step, hours.count > 3 { return "every \(ordinal(step)) hour from \(first) to \(last)" }
        return "\(hours.count == 1 ? "hour" : "hours") \(joined(hours.map { padded($0) }))"
    }

    /// A few times, one by one.
    private var allTimes: String {
        let times = self.hours.numbers.flatMap { hour in
            self.minutes.numbers.map { Self.time(hour * 3_600 + $0 * 60) }
        }
        return "At \(joined(times))"
    }

    private var withSeconds: String {
        let isEveryMinute = self.minutes.isFull && self.hours.isFull
        let seconds =
            if self.seconds.isFull {
                "Every second"
            } else if let step = self.seconds.stepFromStart, 60 % step == 0, self.seconds.numbers.count > 3 {
                "Every \(step) seconds"
            } else {
                "At \(self.seconds.list("second"))"
            }
        if isEveryMinute {
            let words = seconds.hasPrefix("At") ? "\(seconds) of every minute" : seconds
            return self.days.text.map { "\(words), \($0)" } ?? words
        }
        if self.times.count <= 6 {
            let times = self.hours.numbers.flatMap { hour in
                self.minutes.numbers.flatMap { minute in
                    self.seconds.numbers.map { "\(padded(hour)):\(padded(minute)):\(padded($0))" }
                }
            }
            return "At \(joined(times)), \(self.days.text ?? "every day")"
        }
        var words = "\(seconds) of \(self.minutes.isFull ? "every minute" : self.minutes.list("minute"))"
        words += " of \(self.hours.isFull ? "every hour" : self.hourWords)"
        return self.days.text.map { "\(words), \($0)" } ?? words
    }

    private static func time(_ second: Int) -> String { "\(padded(second / 3_600)):\(padded(second / 60 % 60))" }
}
