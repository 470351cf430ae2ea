import DistributedCron

extension WorkerStatus {
    /// The worker as the API shows it; what only its registration tells is null while it has none.
    var json: JSONValue {
        let pools = self.registration.map { JSONValue.array($0.pools.sorted().map { .string($0.rawValue) }) }
        let capacity = self.registration.map { JSONValue.object([JSONMember("total", .number(String($0.capacity)))]) }
        return [
            "id": .string(self.id.rawValue),
            "state": .string(self.state.rawValue),
            "host": .optional(self.registration?.host),
            "pools": pools ?? .null,
            "capacity": capacity ?? .null,
            "slots": .number(String(self.slotCount)),
        ]
    }
}
