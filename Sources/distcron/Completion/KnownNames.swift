import DistributedCronHTTP

/// Names that a server knows, for a shell that completes a word: quickly, or not at all.
struct KnownNames {
    /// Asks a server for names that may begin with a text.
    typealias Question = @Sendable (_ client: APIClient, _ prefix: String) async -> [String]

    /// How long a person who presses a key waits for nothing.
    static let patience = Duration.milliseconds(300)
    /// More names than that help nobody to choose.
    private static let limit = 200

    private let client: APIClient?
    private let clock: any Clock<Duration>
    private let question: Question

    /// Asks the server that a command line names, or else the usual one.
    init(arguments: [String], clock: any Clock<Duration> = ContinuousClock(), _ question: @escaping Question) {
        let flag = arguments.lastIndex(of: "--url")
        let url = flag.flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
        self.client = try? APIClient(address: url)
        self.clock = clock
        self.question = question
    }

    /// The names that begin with a text; none if the server does not answer in time, whatever the reason is.
    func beginning(with prefix: String) async -> [String] {
        guard let client = self.client else { return [] }
        let (clock, question) = (self.clock, self.question)
        let names = await withTaskGroup(of: [String].self) { group in
            group.addTask { await question(client, prefix) }
            group.addTask {
                try? await clock.sleep(for: Self.patience)
                return []
            }
            defer { group.cancelAll() }
            return await group.next() ?? []
        }
        return Array(names.filter { $0.hasPrefix(prefix) }.prefix(Self.limit))
    }

    /// The names of jobs that can still run.
    static let jobs: Question = { client, prefix in
        let query = QueryText(["view": "full", "limit": "\(Self.limit)", "q": prefix.isEmpty ? nil : prefix])
        let jobs = try? await client.json(.get, "/jobs\(query)").array
        return (jobs ?? []).filter { $0["status"]?.string != "finished" }.compactMap { $0["name"]?.string }
    }

    /// The identities of workers that are registered.
    static let workers: Question = { client, _ in
        let workers = try? await client.json(.get, "/workers").array
        return (workers ?? []).filter { $0["state"]?.string != "gone" }.map(\.identity)
    }
}
