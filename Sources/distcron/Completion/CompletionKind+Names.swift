import ArgumentParser

extension CompletionKind {
    /// The names of the server's jobs.
    static let jobs = Self.custom { words, _, prefix in
        await KnownNames(arguments: words, KnownNames.jobs).beginning(with: prefix)
    }

    /// The identities of the registered workers.
    static let workers = Self.custom { words, _, prefix in
        await KnownNames(arguments: words, KnownNames.workers).beginning(with: prefix)
    }
}
