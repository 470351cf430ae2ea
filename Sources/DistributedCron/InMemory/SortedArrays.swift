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
