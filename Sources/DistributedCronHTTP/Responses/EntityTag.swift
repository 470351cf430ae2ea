/// A strong entity tag (RFC 9110 8.8.3), with its quotes.
struct EntityTag {
    let text: String

    /// Wraps a tag.
    init(_ text: String) { self.text = text }

    /// The tag of a version of a job.
    init(version: Int) { self.text = "\"v\(version)\"" }

    /// Whether a header such as `If-None-Match` names the tag, weakly or not, or any.
    func isOne(of list: String) -> Bool {
        list.split(separator: ",").map(\.trimmingBlanks).contains {
            $0 == "*" || $0 == self.text || $0 == "W/\(self.text)"
        }
    }

    /// The version of a job in a header `If-Match`, which names one.
    ///
    /// - Returns: The number, or nil if the text is no tag of a version.
    static func version(in header: String) -> Int? {
        let text = header[...].trimmingBlanks
        guard text.hasPrefix("\"v"), text.hasSuffix("\""), text.utf8.count > 3 else { return nil }
        let digits = text.dropFirst(2).dropLast()
        return digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(digits) : nil
    }
}
