import DistributedCron

/// How what is watched at the ensemble comes to the process that watches.
struct WatchDelivery: Sendable {
    /// By how much a late delivery is late.
    private static let lateness = Duration.milliseconds(200)...Duration.seconds(8)
    /// How long changes gather.
    private static let gathering = Duration.seconds(1)...Duration.seconds(20)

    let wire: Wire
    let service: CoordinationService
    let session: SimulatedSession

    /// Lets changes gather: the watch is set again late, and what has changed meanwhile comes as one.
    func gather(_ subject: CoordinationService.Subject) async {
        guard self.wire.faults.mayStrike(.watchCoalesced) else { return }
        let changes = self.service.changeCount(of: subject)
        try? await self.wire.engine.sleep(for: self.wire.engine.duration(Self.gathering))
        if self.service.changeCount(of: subject) > changes + 1 { self.wire.faults.count(.watchCoalesced) }
    }

    /// - Returns: The value, once it has come; nil if the task was cancelled or the session is known to be lost.
    func deliver<Value: Sendable>(_ value: Value) async -> Value? {
        do {
            let isLate = self.wire.faults.strikes(.watchLate)
            let lateness = isLate ? self.wire.engine.duration(Self.lateness) : .zero
            try await self.wire.engine.sleep(for: self.wire.link.latencyOfMessage() + lateness)
        } catch {
            return nil
        }
        await self.wire.link.waitUntilDelivering(.inward)
        return Task.isCancelled || self.session.isLost ? nil : value
    }

    /// The watch has ended with the session; the process does not know that before it hears of it.
    func ended() async {
        guard self.session.isExpired else { return }
        await self.session.waitUntilLost()
    }
}

/// The iterator of a stream for one consumer that asks for one element at a time.
final class StreamSource<Sequence: AsyncSequence & Sendable>: Sendable where Sequence.Element: Sendable {
    // Only the one consumer of the stream that this feeds uses it, and never twice at once.
    private nonisolated(unsafe) var iterator: Sequence.AsyncIterator  // lint:allow one consumer, see above

    init(_ sequence: Sequence) { self.iterator = sequence.makeAsyncIterator() }

    func next() async throws(Sequence.Failure) -> Sequence.Element? { try await self.iterator.next(isolation: nil) }
}
