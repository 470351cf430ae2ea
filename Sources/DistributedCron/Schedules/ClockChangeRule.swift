/// What a schedule does when its zone's clocks are set forward or back.
///
/// Only *fixed* schedules have a choice: those with neither minute nor hour written as `*`. The others follow real
/// time, so that `*/5` keeps its rhythm through every change. Whether tzdata calls a change summer time does not
/// matter, only its size.
public enum ClockChangeRule: String, Sendable, Hashable, CaseIterable {
    /// Every wall time once, as Debian's cron does it; the default.
    ///
    /// Times skipped by a jump of less than 3 hours fire at the first instant after it, all together once; larger jumps
    /// are corrections of the calendar and make up for nothing. Times repeated because the clock went back by at most
    /// 3 hours fire in the first pass, otherwise in both.
    case debian
    /// Skipped wall times do not fire; repeated ones fire in the first pass.
    case skip
    /// Every schedule is matched against the wall clock: skipped times do not fire, repeated ones fire twice.
    case wall
}
