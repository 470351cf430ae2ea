extension Substring {
    /// The text without spaces and tabs around it.
    var trimmingBlanks: Substring {
        let start = self.drop { $0 == " " || $0 == "\t" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return start.prefix(0) }
        return start[...end]
    }
}

extension Sequence<UInt8> {
    /// The bytes as hexadecimal digits of lower case.
    var hexadecimal: String {
        self.map { $0 < 0x10 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}
