#if ZooKeeper
import DistributedCron

/// One session's part in the election: who has stood longest leads.
///
/// Every candidate watches all of them, since they are few. A candidate's node has a word in its name by which it is
/// found again: its creation may have happened though the answer was lost.
final class Election: Sendable {
    private struct State {
        /// The words of those who wait for their turn.
        var standing: Set<String> = []
        var leading: (marker: String, token: LeaderToken, path: String)?
        /// The words of those who stand no more, and whose nodes could not be removed yet.
        var leftovers: Set<String> = []
    }
    private let state = Lock(State())
    private let session: ZooKeeperSession
    private let layout: ZooKeeperLayout
    private let identities: IdentitySource

    init(session: ZooKeeperSession, layout: ZooKeeperLayout, identities: IdentitySource) {
        self.session = session
        self.layout = layout
        self.identities = identities
    }

    /// Waits until this session leads.
    func campaign(as candidate: ManagerID) async throws -> LeaderToken {
        try await self.removeLeftovers()
        if let leading = self.state.withLock({ $0.leading }) {
            try self.checkSession()
            return leading.token
        }
        let marker = self.identities.marker()
        self.state.withLock { _ = $0.standing.insert(marker) }
        do {
            let record = try CandidateRecord(manager: candidate.rawValue).json()
            let token = try await self.waitForTurn(marker, record)
            try Task.checkCancellation()
            return token
        } catch {
            try? await self.withdraw([marker])
            throw error
        }
    }

    /// Leads no more, and stands no more.
    func resign() async throws {
        let markers = self.state.withLock { state in
            state.standing.union([state.leading?.marker].compactMap(\.self)).union(state.leftovers)
        }
        try await self.withdraw(markers)
    }

    /// The node by which this session leads, if it does as far as it knows: it does for as long as the node is there.
    var leadership: String? { self.state.withLock { $0.leading?.path } }

    /// Who leads, or nil.
    func leader() async throws -> ManagerID? {
        try await self.removeLeftovers()
        try await self.session.sync(self.layout.leader)
        while let first = try await self.candidates().first {
            do {
                let node = try await self.session.get(first.path)
                let record = CandidateRecord(json: node.data)
                return ManagerID(rawValue: record?.manager ?? String(decoding: node.data, as: UTF8.self))
            } catch let error as ZooKeeperError where error.kind == .noNode {
                // It has gone meanwhile, and the next one leads.
            }
        }
        return nil
    }

    /// Tries again to remove what could not be removed when it should have been.
    func removeLeftovers() async throws {
        let leftovers = self.state.withLock { $0.leftovers }
        if !leftovers.isEmpty { try await self.withdraw(leftovers) }
    }

    // MARK: Standing

    private func waitForTurn(_ marker: String, _ record: [UInt8]) async throws -> LeaderToken {
        var creation: Int64?
        for await _ in self.session.looks(at: self.layout.leader) {
            do {
                if creation == nil { creation = try await self.stand(marker, record) }
                let candidates = try await self.candidates(isWatched: true)
                guard let own = candidates.firstIndex(where: { $0.marker == marker }), let creation else {
                    // Resigned; or removed by hand, and then the watch tells of the new node.
                    creation = try await self.stand(marker, record)
                    continue
                }
                // What this server has not heard of yet was created after the own node.
                if own == 0 { return try self.lead(marker, creation, candidates[own].path) }
            } catch let error as ZooKeeperError where error.isOutcomeUnknown {
                // A look follows when the session is connected again.
            }
        }
        try Task.checkCancellation()
        throw self.sessionLost
    }

    /// Makes the candidate's node, unless an earlier try has made it.
    ///
    /// - Returns: The transaction that did.
    private func stand(_ marker: String, _ record: [UInt8]) async throws -> Int64 {
        try await self.session.sync(self.layout.leader)
        if let own = try await self.candidates().first(where: { $0.marker == marker }),
            let stat = try await self.session.stat(own.path)
        {
            return stat.creation
        }
        guard self.state.withLock({ $0.standing.contains(marker) }) else { throw CancellationError() }
        let path = "\(self.layout.leader)/\(Candidate.name(marker))"
        return try await self.session.create(path, record, mode: .ephemeralSequential).creation
    }

    private func lead(_ marker: String, _ creation: Int64, _ path: String) throws -> LeaderToken {
        let token = LeaderToken(incarnation: self.layout.incarnation, sequence: UInt64(clamping: creation))
        let isElected = self.state.withLock { state in
            guard state.standing.remove(marker) != nil else { return false }
            state.leading = (marker, token, path)
            return true
        }
        guard isElected else { throw CancellationError() }
        return token
    }

    /// Those who stand, the longest standing first.
    private func candidates(isWatched: Bool = false) async throws -> [Candidate] {
        let names = try await self.session.children(of: self.layout.leader, isWatched: isWatched).names
        return names.compactMap { Candidate($0, in: self.layout.leader) }.sorted { $0.number < $1.number }
    }

    // MARK: Ending

    /// Removes candidates' nodes, also where the task has been cancelled; what cannot be removed now is kept in mind.
    private func withdraw(_ markers: Set<String>) async throws {
        let isNeedless = self.state.withLock { state in
            state.standing.subtract(markers)
            if let leading = state.leading, markers.contains(leading.marker) { state.leading = nil }
            state.leftovers.formUnion(markers)
            return markers.isEmpty || self.session.state == .lost
        }
        if !isNeedless {
            try await Shield.$isUp.withValue(true) {
                try await self.session.resolving(self.layout.leader) { _ in
                    // Calls are answered in order, so a creation that is under way is seen here.
                    try await self.session.sync(self.layout.leader)
                    for candidate in try await self.candidates() where markers.contains(candidate.marker) {
                        do {
                            try await self.session.delete(candidate.path)
                        } catch let error as ZooKeeperError where error.kind == .noNode {}
                    }
                }
            }
        }
        self.state.withLock { $0.leftovers.subtract(markers) }
    }

    private func checkSession() throws {
        guard self.session.state != .lost else { throw self.sessionLost }
    }

    private var sessionLost: CoordinatorError {
        CoordinatorError(.sessionLost, message: "the session with ZooKeeper was lost during the election")
    }
}

/// A node of the election.
private struct Candidate {
    let path: String
    let marker: String
    /// The place in the order of their coming, which the server gave.
    let number: Int

    init?(_ name: String, in parent: String) {
        let parts = name.split(separator: "_")
        guard parts.count == 3, parts[0] == "n", let number = Int(parts[2]) else { return nil }
        self.path = "\(parent)/\(name)"
        self.marker = String(parts[1])
        self.number = number
    }

    /// The name up to the number that the server adds.
    static func name(_ marker: String) -> String { "n_\(marker)_" }
}
#endif
