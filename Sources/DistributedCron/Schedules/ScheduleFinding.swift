/// Something about a valid schedule that may not be what its author meant.
public struct ScheduleFinding: Sendable, Hashable, CustomStringConvertible {
    /// What was found.
    ///
    /// New codes may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Base: String {
            case largeStep = "large-step"
            case unevenStep = "uneven-step"
            case eitherDay = "either-day"
            case bothDays = "both-days"
            case impossibleDate = "impossible-date"
            case shortMonth = "short-month"
            case clockChange = "clock-change"
            case everyMinuteOfHour = "every-minute-of-hour"
        }
        private let base: Base
        private init(_ base: Base) { self.base = base }

        /// A step exceeds its range, so only the first value is left.
        public static let largeStep = Self(.largeStep)
        /// A step does not divide its field: the last interval before it starts again is shorter.
        public static let unevenStep = Self(.unevenStep)
        /// Both day fields are set and either suffices.
        public static let eitherDay = Self(.eitherDay)
        /// Both day fields are set and both must match, because one begins with `*`.
        public static let bothDays = Self(.bothDays)
        /// The dates never occur in the months; only the weekdays fire.
        public static let impossibleDate = Self(.impossibleDate)
        /// Some months do not have the day.
        public static let shortMonth = Self(.shortMonth)
        /// The clocks of the zone may skip or repeat the time.
        public static let clockChange = Self(.clockChange)
        /// The minute is `*` though the hour is not.
        public static let everyMinuteOfHour = Self(.everyMinuteOfHour)

        /// The code's name.
        public var description: String { self.base.rawValue }
    }

    /// What was found.
    public let code: Code
    /// A sentence for the author.
    public let message: String

    /// The code and the message.
    public var description: String { "\(self.code): \(self.message)" }
}
