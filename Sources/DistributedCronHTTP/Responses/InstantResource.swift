import DistributedCron

/// What became of an instant of a job, as the API shows it.
struct InstantResource {
    let report: InstantReport
    /// What the paths of the API begin with.
    let path: String

    /// The report; members without a value, or of which nothing is known, are null.
    var json: JSONValue {
        let report = self.report
        return [
            "job_id": .string("\(report.job.id)"),
            "at": .string("\(report.instant)"),
            "matched": self.matched,
            "fired": .bool(report.hasFired),
            "cause": .optional(report.cause),
            "detail": .string(report.detail),
            "version": .optional(report.version),
            "schedule": .optional(report.schedule?.text),
            "timezone": .optional(report.schedule?.zone.name),
            "checks": .array(report.fields.map(\.json)),
            "previous": .optional(report.previous?.description),
            "next": .optional(report.next?.description),
            "run": self.run,
            "gap": self.gap,
            "backfill": self.backfill,
            "accounted_until": .optional(report.slot?.accountedUntil.description),
        ]
    }

    private var matched: JSONValue {
        guard let isNamed = self.report.isNamed else { return .null }
        return .bool(isNamed)
    }

    private var run: JSONValue {
        guard case .run(let run) = self.report.outcome else { return .null }
        return RunResource(run: run, path: self.path).json
    }

    private var backfill: JSONValue {
        self.report.backfill.map { RunResource(run: $0, path: self.path).json } ?? .null
    }

    private var gap: JSONValue {
        guard case .gap(let gap) = self.report.outcome else { return .null }
        return gap.json
    }
}

extension FieldMatch {
    fileprivate var json: JSONValue {
        [
            "field": .string(self.field.rawValue),
            "value": .number(String(self.value)),
            "allowed": .string(self.allowed),
            "ok": .bool(self.isNamed),
        ]
    }
}
