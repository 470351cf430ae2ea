extension Schedule {
    /// What a careful reader would point out: the schedule is valid, but may do something else than meant.
    ///
    /// Meant for the moment when a schedule is written; it reads the text again and is not fast.
    public var findings: [ScheduleFinding] {
        guard case .fields(let fields) = self.plan else { return [] }
        return self.stepFindings() + self.dayFindings(fields.civil.days) + self.timeFindings(fields.civil)
    }

    private func stepFindings() -> [ScheduleFinding] {
        var findings: [ScheduleFinding] = []
        for (field, item) in self.items() {
            guard let step = item.step else { continue }
            let count = item.last - item.first + 1
            if step >= count, count > 1 {
                let values = item.form == .hashed ? "one value" : "only \(item.first)"
                findings.append(
                    ScheduleFinding(
                        code: .largeStep,
                        message: "The step \(step) in \(field.rawValue) exceeds the range, so \(values) is left."
                    )
                )
            } else if item.form == .star, field != .dayOfMonth, count % step != 0 {
                let values = Array(stride(from: item.first, through: item.last, by: step))
                let words = values.map(String.init)
                let shown = words.count > 6 ? words.prefix(5).joined(separator: ", ") + ", …" : joined(words)
                let gap = count - (values[values.count - 1] - item.first)
                findings.append(
                    ScheduleFinding(
                        code: .unevenStep,
                        message: "The step \(step) in \(field.rawValue) starts again after \(count): it is \(shown), "
                            + "and the last interval is \(gap)."
                    )
                )
            }
        }
        return findings
    }

    private func dayFindings(_ rule: DayRule) -> [ScheduleFinding] {
        var findings: [ScheduleFinding] = []
        let hasWeekdays = rule.weekdays != DayRule.everyWeek(0x7F)
        let hasDates = rule.days != 0xFFFF_FFFE
        if hasDates, hasWeekdays {
            findings.append(
                rule.options.contains(.both)
                    ? ScheduleFinding(
                        code: .bothDays,
                        message: "A day must match both day fields, because one of them begins with *."
                    )
                    : ScheduleFinding(
                        code: .eitherDay,
                        message: "Both day fields are set: a day that matches either of them fires."
                    )
            )
        }
        guard hasDates, rule.options.isDisjoint(with: [.lastDay, .lastWorkday]) else { return findings }
        if !rule.options.contains(.both) {
            var dates = rule
            (dates.weekdays, dates.lastWeekdays) = (0, 0)
            if !dates.canMatch {
                findings.append(
                    ScheduleFinding(
                        code: .impossibleDate,
                        message: "No month given has such a day of the month; only the weekdays fire."
                    )
                )
                return findings
            }
        }
        let last = 31 - rule.days.leadingZeroBitCount
        let shortest = (1...12).filter { UInt64(rule.months).holds($0) }.map {
            $0 == 2 ? 28 : CivilDate.length(ofMonth: $0, in: 2_001)
        }
        if rule.days.trailingZeroBitCount > 28, let length = shortest.min(), last > length {
            findings.append(
                ScheduleFinding(
                    code: .shortMonth,
                    message: "Not every month has day \(last); L is the last day of each."
                )
            )
        }
        return findings
    }

    private func timeFindings(_ civil: CivilSchedule) -> [ScheduleFinding] {
        let hours = civil.times.hours
        if civil.times.minutes.nonzeroBitCount == 60, hours.nonzeroBitCount == 1 {
            let hour = hours.trailingZeroBitCount
            return [
                ScheduleFinding(
                    code: .everyMinuteOfHour,
                    message: "This fires 60 times, every minute of hour \(hour); for once a day write 0 \(hour) …"
                )
            ]
        }
        // All clock changes of today's zones lie before 04:00.
        guard self.zone.hasChanges, !civil.isWildcard, hours & 0b1111 != 0 else { return [] }
        let effect =
            switch self.dst {
            case .debian: "a skipped time fires right after the change and a repeated one once"
            case .skip: "a skipped time does not fire and a repeated one fires once"
            case .wall: "a skipped time does not fire and a repeated one fires twice"
            }
        return [
            ScheduleFinding(
                code: .clockChange,
                message: "Clocks in \(self.zone) may skip or repeat a time before 04:00: \(effect)."
            )
        ]
    }

    /// The items of all fields as they were written; none for a macro.
    private func items() -> [(ScheduleField, ScheduleItem)] {
        let bytes = self.text.utf8.span
        var fields = FieldSplitter(hasSeconds: self.seconds)
        var items: [(ScheduleField, ScheduleItem)] = []
        // The text was read before, so it fails only for what is not fields.
        while var reader = try? fields.next(in: bytes) {
            while let item = try? reader.next(in: bytes) { items.append((reader.field, item)) }
            if reader.position < reader.end { return [] }
        }
        return items
    }
}
