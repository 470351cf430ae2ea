import DistributedCron
import DistributedCronProcess

extension Failure {
    /// A schedule's mistake, with a caret below it.
    init(_ error: ScheduleError, in text: String) {
        self.init(
            .badData,
            "the schedule is not valid",
            excerpt: error.caret(under: text),
            help: Self.corrected(text, error).map { "distcron explain \($0.shellQuoted)" }
        )
    }

    /// A schedule's mistake, or nil if it has none.
    init?(schedule text: String, seconds: Bool) {
        do {
            // What the job brings does not matter here: its name, and when it was created.
            _ = try Schedule(text, seconds: seconds, hashKey: "", anchor: Instant(epochSeconds: 0))
            return nil
        } catch {
            self.init(error, in: text)
        }
    }

    /// Does something that a server may refuse because of a schedule, whose place is shown then.
    ///
    /// The server uses the same parser; it says the column, and here is the text to show it under.
    ///
    /// - Throws: ``Failure``.
    static func showingPlace<Value>(
        in schedule: String?,
        seconds: Bool,
        _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await work()
        } catch let failure as Failure where failure.code == .badData {
            throw schedule.flatMap { Failure(schedule: $0, seconds: seconds) } ?? failure
        }
    }

    /// The text with what the parser suggests, if that is valid.
    private static func corrected(_ text: String, _ error: ScheduleError) -> String? {
        guard let suggestion = error.suggestion else { return nil }
        var scalars = Array(text.unicodeScalars)
        let start = min(error.column - 1, scalars.count)
        let end = min(start + error.text.unicodeScalars.count, scalars.count)
        scalars.replaceSubrange(start..<end, with: Array(suggestion.unicodeScalars))
        let corrected = String(String.UnicodeScalarView(scalars))
        let seconds = error.field == .second
        guard (try? Schedule(corrected, seconds: seconds, hashKey: "", anchor: Instant(epochSeconds: 0))) != nil else {
            return nil
        }
        return corrected
    }
}
