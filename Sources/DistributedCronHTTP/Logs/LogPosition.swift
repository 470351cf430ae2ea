/// How far a client has followed a log: the id of the last event that it has seen.
package enum LogPosition: Hashable {
    /// A number of bytes of an attempt; the attempt is nil if the client names none, as for the first one.
    case bytes(Int, attempt: Int?)
    /// The end.
    case end

    /// Reads an id.
    ///
    /// - Returns: The position, or nil if no event has such an id.
    init?(_ id: String) {
        if id == "end" {
            self = .end
            return
        }
        let parts = id.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil
        }
        guard numbers.count == parts.count, (1...2).contains(numbers.count) else { return nil }
        self = numbers.count == 1 ? .bytes(numbers[0], attempt: nil) : .bytes(numbers[1], attempt: numbers[0])
    }

    /// The id of an event, after which an attempt's log goes on at an offset.
    package static func id(_ offset: Int, attempt: Int) -> String { attempt > 1 ? "\(attempt):\(offset)" : "\(offset)" }
}
