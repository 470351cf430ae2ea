/// Schedules that were compiled already, for whoever reads many jobs: a million jobs have few different ones.
package struct ScheduleCache: Sendable {
    /// All that a schedule is compiled from.
    package struct Key: Hashable, Sendable {
        package let text: String
        package let zone: String
        package let dst: ClockChangeRule
        package let seconds: Bool
        package let anchor: Instant?
        package let hashKey: String?

        package init(
            text: String,
            zone: String,
            dst: ClockChangeRule,
            seconds: Bool,
            anchor: Instant?,
            hashKey: String?
        ) {
            self.text = text
            self.zone = zone
            self.dst = dst
            self.seconds = seconds
            self.anchor = anchor
            self.hashKey = hashKey
        }
    }

    /// A stored schedule cannot be compiled on this machine.
    package struct Unreadable: Error, CustomStringConvertible {
        package let description: String
    }

    private static let limit = 10_000
    private var schedules: [Key: Schedule] = [:]

    package init() {}

    /// Compiles a schedule, or finds it.
    package mutating func schedule(_ key: Key) throws(Unreadable) -> Schedule {
        // The anchor says something only for some, and is different for each job.
        if let known = self.schedules[key] { return known }
        do {
            let schedule = try Schedule(
                key.text,
                zone: try Zone.named(key.zone),
                dst: key.dst,
                seconds: key.seconds,
                hashKey: key.hashKey,
                anchor: key.anchor
            )
            if self.schedules.count < Self.limit { self.schedules[key] = schedule }
            return schedule
        } catch let error as ZoneError {
            // Not lost: the job is there, and its zone was when it was made.
            throw Unreadable(
                description:
                    "\(error.description) It is the zone of a job; install the time zone data that has it, such as "
                    + "Debian's package tzdata-legacy, and start again"
            )
        } catch {
            throw Unreadable(description: "the schedule \(key.text) in \(key.zone) cannot be read: \(error)")
        }
    }
}
