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
            if let event = self.take(self.line[...]) { events.append(event) }
            self.line.removeAll(keepingCapacity: true)
        }
        return events
    }

    private mutating func take(_ line: ArraySlice<UInt8>) -> Event? {
        guard !line.isEmpty else {
            defer { (self.event, self.hasData) = (Event(), false) }
            return self.hasData ? self.event : nil
        }
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        let rest = line[name.endIndex...].dropFirst()
        let value = String(decoding: rest.first == UInt8(ascii: " ") ? rest.dropFirst() : rest, as: UTF8.self)
        switch String(decoding: name, as: UTF8.self) {
        case "id": self.event.id = value
        case "event": self.event.name = value
        case "data":
            self.event.data += self.hasData ? "\n\(value)" : value
            self.hasData = true
        default: break
        }
        return nil
    }
}
