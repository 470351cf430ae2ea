import DistributedCron

extension ClusterStatus {
    /// The cluster as the API shows it.
    var json: JSONValue {
        [
            "id": .string(self.id.rawValue),
            "leader": .optional(self.leader?.rawValue),
            "leader_token": self.leaderToken == LeaderToken.none ? .null : self.leaderToken.json,
            "workers": .number(String(self.workerCount)),
            "draining_workers": .number(String(self.drainingWorkerCount)),
            "slots": .number(String(self.slotCount)),
            "unowned_slots": .number(String(self.unownedSlotCount)),
        ]
    }
}

extension LeaderToken {
    fileprivate var json: JSONValue {
        ["incarnation": .number(String(self.incarnation)), "sequence": .number(String(self.sequence))]
    }
}
