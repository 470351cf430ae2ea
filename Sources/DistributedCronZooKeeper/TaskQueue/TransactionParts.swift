#if ZooKeeper
import DistributedCron

/// Elements in parts that one transaction can carry.
///
/// A server drops the connection of who sends more than a megabyte, and does nothing else while it works on a transaction.
struct TransactionParts<Element> {
    /// How many bytes a part has at most, unless it is of one element.
    private static var maximumBytes: Int { 400_000 }

    /// The parts, in the elements' order.
    let parts: [ArraySlice<Element>]

    /// Divides elements.
    ///
    /// - Parameters:
    ///   - elements: What to divide.
    ///   - count: How many elements a part has at most.
    ///   - size: How many bytes one takes.
    init(_ elements: [Element], count: Int, size: (Element) -> Int) {
        var parts: [ArraySlice<Element>] = []
        var (start, bytes) = (0, 0)
        for (index, element) in elements.enumerated() {
            let more = size(element)
            if index > start, index - start == count || bytes + more > Self.maximumBytes {
                parts.append(elements[start..<index])
                (start, bytes) = (index, 0)
            }
            bytes += more
        }
        if start < elements.count { parts.append(elements[start...]) }
        self.parts = parts
    }
}
#endif
