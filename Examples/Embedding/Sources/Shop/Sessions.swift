import Foundation

/// The sessions of the shop's customers, by their tokens.
actor Sessions {
    private var lastSeen: [String: Date] = [:]

    /// A customer was here.
    func touch(_ token: String, at date: Date) { self.lastSeen[token] = date }

    /// Forgets the sessions in which nobody was here after a date.
    ///
    /// - Returns: How many those were.
    func purge(before date: Date) -> Int {
        let old = self.lastSeen.filter { $0.value < date }.keys
        for token in old { self.lastSeen[token] = nil }
        return old.count
    }

    /// How many there are.
    var count: Int { self.lastSeen.count }
}
