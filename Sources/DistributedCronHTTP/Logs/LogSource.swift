import DistributedCron

/// What a run writes, attempt after attempt, from wherever the follower has come to until the run's end.
///
/// An attempt in this process is followed while it writes. Of any other, what the store keeps is shown once it has ended.
actor LogSource {
    /// Where the source looks.
    struct Places: Sendable {
        /// The run as it is now, or nil if it is not kept any more.
        let run: @Sendable () async throws -> Run?
        /// What the attempt that runs in this process writes from an offset on, or nil if none does.
        let follow: @Sendable (Int) -> AsyncStream<OutputEvent>?
        /// What is kept of the last attempt that has ended.
        let output: @Sendable () async throws -> StoredLog?
        /// Reads an artifact.
        let read: @Sendable (Artifact) async throws -> AsyncThrowingStream<[UInt8], any Error>
    }

    private static let firstPause = Duration.milliseconds(50)
    private static let longestPause = Duration.seconds(1)

    private let places: Places
    private let clock: any Clock<Duration>
    private var attempt: Int?
    private var offset: Int
    private var live: AsyncStream<OutputEvent>.AsyncIterator?
    private var decoders: [OutputTail.Stream: TextDecoder] = [:]
    private var events: [LogEvent] = []
    private var pause = LogSource.firstPause
    private var isOver = false

    /// Creates a source.
    ///
    /// - Parameters:
    ///   - places: Where it looks.
    ///   - clock: Measures the pauses between looking.
    ///   - position: What the follower has seen.
    init(_ places: Places, clock: any Clock<Duration>, after position: LogPosition?) {
        self.places = places
        self.clock = clock
        switch position {
        case .bytes(let offset, let attempt): (self.offset, self.attempt) = (offset, attempt ?? 1)
        case .end, nil: (self.offset, self.attempt) = (0, nil)
        }
    }

    /// The next event, or nil after the end.
    func next() async throws -> LogEvent? {
        while self.events.isEmpty {
            guard !self.isOver else { return nil }
            if try await self.takeLive() { continue }
            try await self.look()
        }
        return self.events.removeFirst()
    }

    /// Waits for what the attempt writes; false if none is followed.
    private func takeLive() async throws -> Bool {
        guard var live = self.live else { return false }
        let event = await live.next(isolation: self)
        self.live = live
        switch event {
        case .bytes(let offset, let stream, let bytes): self.add(bytes, from: stream, at: offset)
        case .gap(let count):
            self.events.append(.gap(count))
            self.offset += count
        case .end, nil:
            try Task.checkCancellation()
            self.live = nil
            self.finishTexts()
        }
        return true
    }

    private func look() async throws {
        guard let run = try await self.places.run() else {
            self.isOver = true
            return
        }
        self.begin(run)
        let hasEnded = run.state.isTerminal || run.state == .pending
        if !hasEnded, let stream = self.places.follow(self.offset) {
            self.live = stream.makeAsyncIterator()
            self.pause = Self.firstPause
            return
        }
        if hasEnded { try await self.addStored() }
        if run.state.isTerminal {
            self.finishTexts()
            self.events.append(.end(run))
            self.isOver = true
        } else if self.events.isEmpty {
            try await self.clock.sleep(for: self.pause)
            self.pause = min(self.pause * 2, Self.longestPause)
        }
    }

    /// Turns to the run's current attempt, unless it is followed already.
    private func begin(_ run: Run) {
        guard run.attempt > 0, run.attempt != self.attempt else { return }
        if self.attempt != nil { self.events.append(.attempt(run.attempt)) }
        self.attempt = run.attempt
        self.offset = 0
        self.decoders = [:]
    }

    /// Adds what the store keeps of the attempt, after what the follower has seen.
    private func addStored() async throws {
        guard let log = try await self.places.output(), log.attempt == self.attempt else { return }
        let tail = log.tail
        if self.offset < tail.droppedBytes, let whole = log.whole { try await self.add(whole, upTo: tail.droppedBytes) }
        if self.offset < tail.droppedBytes {
            self.events.append(.gap(tail.droppedBytes - self.offset))
            self.offset = tail.droppedBytes
        }
        var start = tail.droppedBytes
        for chunk in tail.chunks {
            let seen = min(chunk.bytes.count, max(0, self.offset - start))
            let rest = Array(chunk.bytes.dropFirst(seen))
            if !rest.isEmpty { self.add(rest, from: chunk.stream, at: start + seen) }
            start += chunk.bytes.count
        }
    }

    /// Adds what comes before the tail, of which it is not known which stream it came from.
    private func add(_ whole: Artifact, upTo end: Int) async throws {
        var start = 0
        for try await piece in try await self.places.read(whole) where start < end {
            let seen = min(piece.count, max(0, self.offset - start))
            let rest = Array(piece[seen..<max(seen, min(piece.count, end - start))])
            if !rest.isEmpty { self.add(rest, from: .stdout, at: start + seen) }
            start += piece.count
        }
    }

    private func add(_ bytes: [UInt8], from stream: OutputTail.Stream, at offset: Int) {
        self.offset = offset + bytes.count
        let text = self.decoders[stream, default: TextDecoder()].decode(bytes)
        guard !text.isEmpty else { return }
        // Half a character is sent with its other half, and again to whoever comes back in between.
        let seen = self.offset - (self.decoders[stream]?.pendingCount ?? 0)
        self.events.append(.text(id: LogPosition.id(seen, attempt: self.attempt ?? 1), stream, text))
    }

    private func finishTexts() {
        for stream in OutputTail.Stream.allCases {
            guard let text = self.decoders[stream]?.finish(), !text.isEmpty else { continue }
            self.events.append(.text(id: LogPosition.id(self.offset, attempt: self.attempt ?? 1), stream, text))
        }
    }
}
