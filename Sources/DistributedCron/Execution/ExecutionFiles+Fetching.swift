import Glibc

/// Whose turn it is to fetch an artifact, so that many attempts of one job fetch it once.
struct Fetches {
    private var running: Set<ArtifactDigest> = []
    private var waiters: [ArtifactDigest: [Int: CheckedContinuation<Void, Never>]] = [:]
    private var waitersMade = 0

    /// Takes the turn if nobody has it.
    mutating func begin(_ digest: ArtifactDigest) -> Bool { self.running.insert(digest).inserted }

    /// Ends a turn and wakes all who wait for it.
    mutating func end(_ digest: ArtifactDigest) {
        self.running.remove(digest)
        for waiter in (self.waiters.removeValue(forKey: digest) ?? [:]).values { waiter.resume() }
    }

    /// A number for one that is about to wait.
    mutating func makeWaiter() -> Int {
        self.waitersMade += 1
        return self.waitersMade
    }

    /// Waits for the end of the turn, or for `wake`.
    mutating func wait(_ number: Int, for digest: ArtifactDigest, _ continuation: CheckedContinuation<Void, Never>) {
        self.waiters[digest, default: [:]][number] = continuation
    }

    /// Wakes one that was cancelled, if it still waits.
    mutating func wake(_ number: Int, for digest: ArtifactDigest) {
        self.waiters[digest]?.removeValue(forKey: number)?.resume()
    }
}

extension ExecutionFiles {
    /// Waits until nobody else fetches the artifact; `endTurn` has to follow.
    func takeTurn(to digest: ArtifactDigest) async throws {
        while !self.fetches.begin(digest) {
            let number = self.fetches.makeWaiter()
            await withTaskCancellationHandler {
                await withCheckedContinuation { self.fetches.wait(number, for: digest, $0) }
            } onCancel: {
                // Comes to the queue after what is running on it now, and so after the wait has begun.
                self.later { $0.fetches.wake(number, for: digest) }
            }
            // Having been woken by both, it has no turn to give back.
            try Task.checkCancellation()
        }
    }

    /// Lets the next one have its turn.
    func endTurn(to digest: ArtifactDigest) { self.fetches.end(digest) }

    /// Brings an artifact from the store into the cache: all of it with the right bytes, or nothing.
    func fetch(_ artifact: Artifact) async throws {
        let directory = try self.directory()
        let name = artifact.digest.hexadecimal
        // In the instance's directory, where a successor looks for leftovers.
        let temporary = "fetch-\(name)"
        do {
            try await self.download(artifact, to: temporary, in: directory)
            guard renameat(directory.instance.directory.number, temporary, directory.artifacts.number, name) == 0 else {
                throw SystemError(doing: "put an artifact into the cache")
            }
            try self.noteCached(artifact)
        } catch {
            try? TreeRemoval.remove(temporary, in: directory.instance.directory)
            throw error
        }
    }

    private func download(_ artifact: Artifact, to name: String, in directory: StateDirectory) async throws {
        let file = try Descriptor.open(name, in: directory.instance.directory, O_WRONLY | O_CREAT | O_EXCL, mode: 0o500)
        var hash = ArtifactHash(expecting: artifact)
        for try await piece in try await self.artifacts.read(artifact.digest) {
            hash.update(piece)
            guard hash.isWithinSize else { break }
            try piece.withUnsafeBytes { try file.write($0) }
        }
        // A cancelled sequence ends as if it were complete.
        try Task.checkCancellation()
        guard hash.matches() else {
            throw NotStarted(reason: "artifact \(artifact.digest.hexadecimal) is corrupt in the store")
        }
        guard fsync(file.number) == 0 else { throw SystemError(doing: "write an artifact to the disk") }
    }
}
