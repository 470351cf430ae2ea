/// What is wrong with a part of a configuration, wherever it was read.
package struct InvalidSetting: Error, Sendable, Hashable {
    /// The problem, in words that go on after a colon, and that never hold a password.
    package let problem: String

    package init(_ problem: String) { self.problem = problem }
}
