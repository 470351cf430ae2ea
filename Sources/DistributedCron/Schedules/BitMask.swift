/// Sets of the numbers 0 to 63 as the bits of an integer.
extension UInt64 {
    /// Whether the set holds a number of 0 to 63.
    func holds(_ number: Int) -> Bool { self &>> UInt64(truncatingIfNeeded: number) & 1 == 1 }

    /// The numbers of the set that are at least `bound`, which is at most 63.
    func numbers(from bound: Int) -> UInt64 { self & UInt64.max &<< UInt64(truncatingIfNeeded: bound) }

    /// The least number of the set that is at least `bound`.
    func lowest(from bound: Int) -> Int? {
        guard bound < 64 else { return nil }
        let rest = self.numbers(from: bound)
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }

    /// The greatest number of the set that is at most `bound`.
    func highest(through bound: Int) -> Int? {
        guard bound >= 0 else { return nil }
        let rest = self & (UInt64.max &>> UInt64(truncatingIfNeeded: 63 - bound))
        return rest == 0 ? nil : 63 - rest.leadingZeroBitCount
    }

    /// How many numbers of the set are less than `bound`, which is at most 63.
    func count(below bound: Int) -> Int {
        (self & ((1 &<< UInt64(truncatingIfNeeded: bound)) &- 1)).nonzeroBitCount
    }
}
