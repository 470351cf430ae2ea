extension Array where Element == JobID {
    /// Where an identity is, or would have to be inserted.
    func lowerBound(_ id: JobID) -> Int { self.partitionPoint { $0 < id } }
}

extension Array where Element == RunID {
    /// Where a run is, or would have to be inserted.
    func lowerBound(_ id: RunID) -> Int { self.partitionPoint { $0 < id } }
}

extension Array where Element == InMemoryLedger.RunRow {
    /// Where a run is, or would have to be inserted.
    func lowerBound(_ id: RunID) -> Int { self.partitionPoint { $0.run.id < id } }
}

extension Array where Element: Comparable {
    /// Adds elements to a sorted array, so that it stays sorted.
    ///
    /// - Parameter added: The elements, sorted.
    mutating func merge(_ added: [Element]) {
        var read = self.count - 1
        var write = read + added.count
        self += added
        // From the end, where new elements belong, so that what lies before the first of them is not touched.
        for element in added.reversed() {
            while read >= 0, self[read] > element {
                self[write] = self[read]
                read -= 1
                write -= 1
            }
            self[write] = element
            write -= 1
        }
    }
}

extension Array {
    /// The first index whose element does not satisfy a predicate that holds for a prefix; new rows go to the end, so
    /// the end is looked at first.
    func partitionPoint(_ belongsBefore: (Element) -> Bool) -> Int {
        guard let last = self.last, !belongsBefore(last) else { return self.count }
        var (lower, upper) = (0, self.count - 1)
        while lower < upper {
            let middle = (lower + upper) / 2
            if belongsBefore(self[middle]) { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
