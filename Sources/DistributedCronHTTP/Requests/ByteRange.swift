/// The part of a file that a request asks for: one range of `Range` (RFC 9110 14.1.2).
enum ByteRange: Hashable {
    /// From an offset to the end, or to an offset that is included.
    case from(Int, through: Int?)
    /// The last bytes.
    case last(Int)

    /// Reads a header.
    ///
    /// - Returns: The range; nil for other units, several ranges and what cannot be read, all of which a server may
    ///   ignore.
    init?(_ header: String) {
        let parts = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].trimmingBlanks.lowercased() == "bytes" else { return nil }
        let bounds = parts[1].trimmingBlanks.split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, bounds.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            return nil
        }
        switch (Int(bounds[0]), Int(bounds[1])) {
        case (nil, let count?) where bounds[0].isEmpty: self = .last(count)
        case (let first?, nil) where bounds[1].isEmpty: self = .from(first, through: nil)
        case (let first?, let last?) where first <= last: self = .from(first, through: last)
        default: return nil
        }
    }

    /// The bytes of a file of a size, or nil if none of them is in the range.
    func bytes(of size: Int) -> Range<Int>? {
        switch self {
        case .from(let first, let last):
            guard first < size else { return nil }
            return first..<(min(size - 1, last ?? size - 1) + 1)
        case .last(let count):
            guard count > 0, size > 0 else { return nil }
            return max(0, size - count)..<size
        }
    }
}
