/// One part of a field's comma-separated list, as it was written.
struct ScheduleItem: Sendable, Hashable {
    enum Form: Sendable, Hashable {
        /// `*`
        case star
        /// `5`, or `5/2`, which goes on to the end of the field.
        case value
        /// `1-5`
        case range
        /// `H` or `H(1-5)`: one value of the bounds, chosen by the job's name.
        case hashed
        /// `L`: the last day of the month.
        case lastDay
        /// `LW`: the last Monday to Friday of the month.
        case lastWorkday
        /// `5L`: the last Friday of the month.
        case lastWeekday
        /// `5#2`: the second Friday of the month.
        case nthWeekday(Int)
    }

    var form: Form
    /// The first value; in day-of-week up to 7.
    var first: Int
    /// The last value, at least `first`.
    var last: Int
    /// The step after `/`, if one was written.
    var step: Int?

    /// The values from `first` to `last` that the step hits, a bit each.
    var values: UInt64 {
        let range = (UInt64.max << UInt64(self.first)) & (UInt64.max >> UInt64(63 - self.last))
        guard let step = self.step, step > 1 else { return range }
        var values: UInt64 = 0
        for value in stride(from: self.first, through: self.last, by: step) { values |= 1 << UInt64(value) }
        return values
    }

    /// The item with `H` replaced by what the job's name chooses.
    func resolved(in field: ScheduleField, hashKey: String) -> Self {
        guard self.form == .hashed else { return self }
        let count = UInt64(self.last - self.first + 1)
        let hash = HashedValue.hash(key: hashKey, field: field)
        guard let step else {
            let value = self.first + Int(hash % count)
            return Self(form: .value, first: value, last: value, step: nil)
        }
        // A step beyond the range leaves one value, which must still lie in the range.
        let start = self.first + Int(hash % min(UInt64(step), count))
        return Self(form: .range, first: start, last: self.last, step: step)
    }
}
