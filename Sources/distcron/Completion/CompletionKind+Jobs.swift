import ArgumentParser

extension CompletionKind {
    /// The names of the server's jobs.
    static let jobs = Self.custom { words, _, prefix in await JobNames(arguments: words).beginning(with: prefix) }
}
