import ArgumentParser

/// The forms of a report, which has no name.
enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
    /// For people.
    case table
    /// For programs.
    case json
}
