#if MariaDB
import BenchmarkSupport
import DistributedCron
import DistributedCronMariaDB

/// Jobs created by many clients, against rows that bare clients commit one by one.
struct CreationMeasurement {
    private static let clients = 64
    private static let perClient = 200
    private static let rounds = 9
    /// A key and about as many bytes as a job's rows hold, without any other index: nothing that survives is cheaper.
    private static let row = "INSERT INTO bare_commits (id, filler) VALUES (?, REPEAT('x', 200))"

    let database: Database

    func run() async throws {
        try self.database.bare.command(
            "CREATE TABLE bare_commits (id BINARY(16) NOT NULL PRIMARY KEY, filler VARBINARY(255) NOT NULL) ENGINE = InnoDB"
        )
        var rounds: [(store: Double, bare: Double, alone: Double)] = []
        // The first round warms up.
        for _ in 0...Self.rounds {
            let alone = try self.commits(clients: 1)
            let bare = try self.commits(clients: Self.clients)
            rounds.append((try await self.creations(), bare, alone))
        }
        rounds.removeFirst()
        Report.line("jobs created, \(Self.clients) at a time", rounds.map(\.store).median, "per second")
        Report.line("peer: rows committed by \(Self.clients) bare clients", rounds.map(\.bare).median, "per second")
        Report.line("peer: rows committed by one bare client", rounds.map(\.alone).median, "per second")
        Report.ratio("jobs to rows of \(Self.clients) clients", rounds.map { $0.store / $0.bare }, "aim: at least 0.6")
        Report.ratio("jobs to rows of one client", rounds.map { $0.store / $0.alone })
    }

    private func commits(clients: Int) throws -> Double {
        try self.database.bare.command("TRUNCATE bare_commits")
        return try BareServer.commits(
            self.database.configuration,
            Self.row,
            clients: clients,
            each: clients == 1 ? 2_000 : Self.perClient
        )
    }

    private func creations() async throws -> Double {
        let fleet = Fleet(count: Self.clients * Self.perClient)
        let drafts = try (0..<fleet.count).map { number in
            var draft = try fleet.draft(number)
            // Each round has jobs of its own.
            draft.name = "\(draft.id)"
            return draft
        }
        let store = self.database.store
        let seconds = try await Report.seconds {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<Self.clients {
                    group.addTask {
                        for number in stride(from: client, to: drafts.count, by: Self.clients) {
                            _ = try await store.createJob(drafts[number])
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        return Double(fleet.count) / seconds
    }
}
#endif
