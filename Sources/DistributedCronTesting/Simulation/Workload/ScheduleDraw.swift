/// Schedules for jobs of the workload: often due within an hour, and near the changes of their zones' clocks.
enum ScheduleDraw {
    private static let zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
    private static let fixed = [
        "30 2 * * *", "0 3 * * *", "30 1 * * *", "15 2 * * *", "59 1 * * *", "0 1-4 * * *", "0 * * * *", "*/15 * * * *",
        "0,30 1-3 * * *", "@hourly", "45 */2 * * *", "20 1,2,3 29 * *", "0 0 1 * *", "30 2 * * sun",
    ]

    /// - Returns: The text, the zone, and whether there is a field for seconds.
    static func schedule(_ generator: inout SeededGenerator) -> (text: String, zone: String, seconds: Bool) {
        let zone = Self.zones[Int.random(in: 0..<Self.zones.count, using: &generator)]
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: return ("* * * * *", zone, false)
        case 1...3:
            let step = [2, 3, 5, 7, 10, 15, 20][Int.random(in: 0..<7, using: &generator)]
            return ("*/\(step) * * * *", zone, false)
        case 4:
            let seconds = [20, 45, 90, 300, 700][Int.random(in: 0..<5, using: &generator)]
            return ("@every \(seconds)s", "UTC", false)
        case 5:
            let minute = Int.random(in: 0..<60, using: &generator)
            return ("\(minute) * * * *", zone, false)
        case 6:
            let second = Int.random(in: 0..<60, using: &generator)
            return ("\(second) */4 * * * *", zone, true)
        default:
            return (Self.fixed[Int.random(in: 0..<Self.fixed.count, using: &generator)], zone, false)
        }
    }
}
