import DistributedCron

/// The time in a header `Date` (RFC 9110 5.6.7), such as `Sun, 06 Nov 1994 08:49:37 GMT`.
struct HTTPDate {
    let instant: Instant

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Reads the form that servers send.
    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = Self.months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        guard let instant = Instant("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z") else { return nil }
        self.instant = instant
    }
}
