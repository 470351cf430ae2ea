/// What takes one of the places in which attempts run.
enum PlaceUse: Sendable, Comparable {
    /// An attempt that was taken over, which runs already.
    case takenOver(TakenPlace)
    /// An attempt to launch.
    case launch(LaunchPermit)

    static func == (lhs: Self, rhs: Self) -> Bool {
        switch (lhs, rhs) {
        case (.takenOver(let one), .takenOver(let other)): one === other
        case (.launch(let one), .launch(let other)): one == other
        case (.takenOver, .launch), (.launch, .takenOver): false
        }
    }

    /// What runs is before what is to be launched, and of that the earliest instant first.
    static func < (lhs: Self, rhs: Self) -> Bool {
        switch (lhs, rhs) {
        case (.launch(let one), .launch(let other)): one < other
        case (.takenOver, .launch): true
        case (.takenOver, .takenOver), (.launch, .takenOver): false
        }
    }
}

/// The place of an attempt that was taken over.
final class TakenPlace: Sendable {
    private let end = Broadcast<Void>()

    /// The attempt has ended.
    func free() { self.end.finish() }

    /// Waits until the attempt has ended, or the task is cancelled.
    func waitUntilFree() async { for await _ in self.end.stream() {} }
}

/// What earlier workers of the node have left running and is still to be taken over; for one consumer.
final class LeftForTaking: Sendable {
    private struct State {
        var attempts: [LeftAttempt] = []
        var isClosed = false
    }
    private let state = Lock(State())
    private let bell = Bell()

    func add(_ attempts: [LeftAttempt]) {
        self.state.withLock { if !$0.isClosed { $0.attempts += attempts } }
        self.bell.ring()
    }

    /// Lets nothing in or out any more: what is left then stays as it is.
    func close() {
        self.state.withLock { $0 = State(isClosed: true) }
        self.bell.ring()
    }

    /// What there is to take over, waiting for it; nil once closed, or if the task is cancelled.
    func next() async -> [LeftAttempt]? {
        while !Task.isCancelled {
            let (attempts, isClosed) = self.state.withLock { state in
                defer { state.attempts = [] }
                return (state.attempts, state.isClosed)
            }
            if isClosed { return nil }
            if !attempts.isEmpty { return attempts }
            await self.bell.wait()
        }
        return nil
    }
}
