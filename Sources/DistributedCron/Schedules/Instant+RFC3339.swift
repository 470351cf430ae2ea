extension Instant: LosslessStringConvertible {
    /// Reads a timestamp of RFC 3339, such as `2026-11-22T23:00:00+01:00`.
    ///
    /// Any offset is taken; a fraction of a second is dropped, that is, rounded down. Leap seconds (`:60`) are refused
    /// because no instant stands for them. What ``description`` writes for years beyond 9999 is read back too.
    public init?(_ description: String) { self.init(description[...]) }

    /// Reads a timestamp that is part of a text.
    init?(_ description: Substring) {
        // 9999-12-31T23:59:59.123456789+00:00 has 35 characters; more digits than that tell nobody anything.
        guard description.utf8.count <= 64 else { return nil }
        var reader = TimestampReader(description)
        guard let seconds = reader.timestamp() else { return nil }
        self.init(epochSeconds: seconds)
    }

    /// The instant as RFC 3339 in UTC, such as `2026-11-22T22:00:00Z`.
    ///
    /// RFC 3339 has no years outside 0000 to 9999; such an instant is written as `@` and its seconds.
    public var description: String { self.written(offset: nil) }

    /// The instant as RFC 3339 with the offset that `zone` has then, such as `2026-11-22T23:00:00+01:00`.
    ///
    /// ``Zone/utc`` is written as `Z`. Offsets that were not whole minutes, as some were until 1972, are cut to the
    /// minute, which the format demands; the instant stays exact.
    public func formatted(in zone: Zone) -> String {
        self.written(offset: zone === Zone.utc ? nil : zone.offset(at: self))
    }

    private func written(offset: Int?) -> String {
        let minutes = (offset ?? 0) / 60
        let (local, overflow) = Int(self.epochSeconds).addingReportingOverflow(minutes * 60)
        guard !overflow, Self.writable.contains(local) else { return "@\(self.epochSeconds)" }
        let dayNumber = local.floorDivided(by: 86_400)
        let second = local - dayNumber * 86_400
        let date = CivilDate(dayNumber: dayNumber)
        var text = "\(padded(date.year, to: 4))-\(padded(date.month))-\(padded(date.day))T"
        text += "\(padded(second / 3_600)):\(padded(second / 60 % 60)):\(padded(second % 60))"
        guard offset != nil else { return text + "Z" }
        return text + "\(minutes < 0 ? "-" : "+")\(padded(abs(minutes) / 60)):\(padded(abs(minutes) % 60))"
    }

    /// Local seconds from 0000-01-01T00:00:00 to 9999-12-31T23:59:59.
    fileprivate static let writable = -62_167_219_200...253_402_300_799
}

/// A number with leading zeros.
func padded(_ number: Int, to width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Takes an RFC 3339 timestamp apart, byte by byte, from the left.
private struct TimestampReader {
    private var rest: Substring.UTF8View

    init(_ text: Substring) { self.rest = text.utf8 }

    mutating func timestamp() -> Int64? {
        guard self.rest.first != UInt8(ascii: "@") else { return self.rawSeconds() }
        guard let year = self.digits(4), self.take("-"),
            let month = self.digits(2), self.take("-"),
            let day = self.digits(2), self.take("T") || self.take("t"),
            let hour = self.digits(2), self.take(":"),
            let minute = self.digits(2), self.take(":"),
            let second = self.digits(2), self.skipFraction(), let offset = self.offset(), self.rest.isEmpty
        else { return nil }
        guard (1...12).contains(month), day >= 1, day <= CivilDate.length(ofMonth: month, in: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let dayNumber = CivilDate(year: year, month: month, day: day).dayNumber
        return Int64(dayNumber * 86_400 + hour * 3_600 + minute * 60 + second - offset)
    }

    private mutating func rawSeconds() -> Int64? {
        guard let seconds = Int64(Substring(self.rest.dropFirst())), !Instant.writable.contains(Int(seconds)) else {
            return nil
        }
        return seconds
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard self.rest.first == UInt8(ascii: character) else { return false }
        self.rest.removeFirst()
        return true
    }

    private mutating func digits(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let byte = self.rest.first, let digit = byte.digit else { return nil }
            value = value * 10 + digit
            self.rest.removeFirst()
        }
        return value
    }

    /// Passes over `.123`, if there is one; false if there is only the dot.
    private mutating func skipFraction() -> Bool {
        guard self.take(".") else { return true }
        guard self.digits(1) != nil else { return false }
        while self.digits(1) != nil {}
        return true
    }

    private mutating func offset() -> Int? {
        if self.take("Z") || self.take("z") { return 0 }
        let isNegative = self.take("-")
        guard isNegative || self.take("+"),
            let hours = self.digits(2), self.take(":"),
            let minutes = self.digits(2), hours < 24, minutes < 60
        else { return nil }
        return (isNegative ? -60 : 60) * (hours * 60 + minutes)
    }
}

extension UInt8 {
    /// The value of an ASCII digit.
    var digit: Int? { (0x30...0x39).contains(self) ? Int(self) - 0x30 : nil }

    /// Whether this is an ASCII letter.
    var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }

    /// The ASCII letter in upper case; anything else as it is.
    var uppercased: UInt8 { (0x61...0x7A).contains(self) ? self & 0xDF : self }
}
