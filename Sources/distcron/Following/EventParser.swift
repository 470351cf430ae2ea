/// Takes a stream of server-sent events apart (HTML Living Standard 9.2.6).
struct EventParser {
    /// One event.
    struct Event: Hashable {
        /// What to send as `Last-Event-ID` after it, if the event names it.
        var id: String?
        var name = "message"
        var data = ""
    }

    private var line: [UInt8] = []
    private var skipsNewline = false
    private var event = Event()
    private var hasData = false

    /// Reads a piece of the stream, wherever it was cut.
    ///
    /// - Returns: The events that are complete.
    mutating func read(_ bytes: some Sequence<UInt8>) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            // A line ends with either of the two, or with both.
            let isNewline = byte == 0x0A || byte == 0x0D
            defer { self.skipsNewline = byte == 0x0D }
            if byte == 0x0A, self.skipsNewline { continue }
            guard isNewline else {
                self.line.append(byte)
                continue
            }
            if let event = self.take(String(decoding: self.line, as: UTF8.self)) { events.append(event) }
            self.line.removeAll(keepingCapacity: true)
        }
        return events
    }

    private mutating func take(_ line: String) -> Event? {
        guard !line.isEmpty else {
            defer { (self.event, self.hasData) = (Event(), false) }
            return self.hasData ? self.event : nil
        }
        let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == " " { value = value.dropFirst() }
        switch line[..<colon] {
        case "id": self.event.id = String(value)
        case "event": self.event.name = String(value)
        case "data":
            self.event.data += self.hasData ? "\n\(value)" : value
            self.hasData = true
        default: break
        }
        return nil
    }
}
