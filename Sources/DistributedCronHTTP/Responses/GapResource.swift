import DistributedCron

extension Gap {
    /// The gap as the API shows it.
    var json: JSONValue {
        [
            "job_id": .string("\(self.job)"),
            "first": .string("\(self.first)"),
            "last": .string("\(self.last)"),
            "count": .number(String(self.count)),
            "reason": .string(self.reason.rawValue),
            "version": .number(String(self.version)),
        ]
    }
}
