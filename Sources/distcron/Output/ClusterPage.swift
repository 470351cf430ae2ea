import DistributedCronHTTP

/// A cluster as people read it.
struct ClusterPage {
    private let cluster: JSONValue

    /// Shows what the API says of a cluster.
    init(_ cluster: JSONValue) { self.cluster = cluster }

    /// A line for everything that the API says.
    var text: String {
        NamedLines.text([
            ("id", self.cluster.identity), ("leader", self.leader), ("workers", self.workers),
            ("slots", self.slots),
        ])
    }

    private var leader: String {
        guard let leader = self.cluster["leader"]?.string else { return "nobody leads" }
        guard let token = self.cluster["leader_token"], token != .null else { return leader }
        let numbers = ["incarnation", "sequence"].map { "\(token[$0]?.integer ?? 0)" }
        return "\(leader), token \(numbers.joined(separator: "."))"
    }

    private var workers: String {
        let draining = self.cluster["draining_workers"]?.integer ?? 0
        let workers = self.number("workers")
        return draining == 0 ? workers : "\(workers), \(draining) of them draining"
    }

    private var slots: String {
        let unowned = self.cluster["unowned_slots"]?.integer ?? 0
        let slots = self.number("slots")
        return unowned == 0 ? "\(slots), each with a worker" : "\(slots), \(unowned) of them without a worker"
    }

    private func number(_ name: String) -> String { self.cluster[name]?.integer.map { "\($0)" } ?? "-" }
}
