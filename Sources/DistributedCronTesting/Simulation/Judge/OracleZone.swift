/// A zone whose rules are written down here, as its law has them.
///
/// All of them change their clocks by less than three hours, so the rules for larger changes have no place here.
struct OracleZone: Sendable {
    /// When clocks are changed, each year: on a Sunday, at a time of day in UTC.
    struct Rule: Sendable {
        let month: Int
        /// The Sunday is this day of the month, or the first one after it.
        let fromDay: Int
        /// Seconds after 00:00 UTC of that Sunday; less than 0 where it is still Saturday in Greenwich.
        let seconds: Int64
        /// The offset from UTC afterwards, in seconds.
        let offset: Int64
    }

    /// The first full year of the rules below; they have not been changed since.
    static let firstYear = 2009

    static let known = [
        Self(name: "UTC", offset: 0),
        Self(name: "Asia/Kolkata", offset: 19_800),
        // The last Sundays of March and October, both at 01:00 UTC.
        Self(
            name: "Europe/Berlin",
            offset: 3_600,
            rules: [
                Rule(month: 3, fromDay: 25, seconds: 3_600, offset: 7_200),
                Rule(month: 10, fromDay: 25, seconds: 3_600, offset: 3_600),
            ]
        ),
        // The second Sunday of March and the first of November, at 02:00 of the clock that ends: 07:00 and 06:00 UTC.
        Self(
            name: "America/New_York",
            offset: -18_000,
            rules: [
                Rule(month: 3, fromDay: 8, seconds: 25_200, offset: -14_400),
                Rule(month: 11, fromDay: 1, seconds: 21_600, offset: -18_000),
            ]
        ),
        // The first Sundays of April and October, at 02:00 of the clock that ends, by half an hour: on Saturday at
        // 15:00 and 15:30 UTC.
        Self(
            name: "Australia/Lord_Howe",
            offset: 37_800,
            rules: [
                Rule(month: 4, fromDay: 1, seconds: -32_400, offset: 37_800),
                Rule(month: 10, fromDay: 1, seconds: -30_600, offset: 39_600),
            ]
        ),
    ]

    let name: String
    /// The changes of every year, in their order.
    let rules: [Rule]
    /// The smallest offset of its clocks from UTC, in seconds, east positive.
    let lowestOffset: Int64
    /// The largest offset.
    let highestOffset: Int64

    private init(name: String, offset: Int64, rules: [Rule] = []) {
        self.name = name
        self.rules = rules
        self.lowestOffset = rules.map(\.offset).min() ?? offset
        self.highestOffset = rules.map(\.offset).max() ?? offset
    }
}
