/// How long something is kept.
package enum Retention {
    /// The least time, in seconds: workers have to hear of what becomes of a job.
    package static let leastSeconds = 3_600

    /// How long a setting says that something is kept; nil if it says nothing.
    ///
    /// - Throws: ``Failure``.
    package static func span(_ settings: Settings, _ setting: Setting) throws -> Span? {
        try settings.read(setting, "a span of 1h or more, such as 30d") { text in
            Span(text).flatMap { $0.seconds >= Self.leastSeconds ? $0 : nil }
        }
    }
}
