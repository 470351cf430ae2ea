/// A value that many consumers watch: each sees the present one, then the newest whenever it has looked at the last.
///
/// Consumers that are slow see fewer values, never older ones; nothing is queued.
package final class Broadcast<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var isFinished = false
        /// In the order of their coming, in which they are told.
        var consumers: [(number: Int, owner: Int, continuation: AsyncStream<Value>.Continuation)] = []
        var nextConsumer = 0
    }
    private let state: Lock<State>
    /// Consumers that are gone, apart from the state: the runtime says so while it holds a lock of the consumer's task,
    /// which a `yield` under the state's lock may be waiting for.
    private let gone = Lock<[Int]>([])

    /// Begins with a value, or with none for consumers to wait for.
    package init(_ value: Value? = nil) {
        self.state = Lock(State(value: value))
    }

    /// The present value.
    package var value: Value? { self.state.withLock { $0.value } }

    /// Whether anybody still looks.
    package var hasConsumers: Bool {
        self.state.withLock { state in
            self.dropGone(&state)
            return !state.consumers.isEmpty
        }
    }

    /// Replaces the value and tells every consumer.
    package func send(_ value: Value) {
        self.state.withLock { state in
            self.dropGone(&state)
            state.value = value
            for consumer in state.consumers { consumer.continuation.yield(value) }
        }
    }

    /// Ends every stream.
    package func finish() {
        let consumers = self.state.withLock { state in
            state.isFinished = true
            defer { state.consumers.removeAll() }
            return state.consumers
        }
        for consumer in consumers { consumer.continuation.finish() }
    }

    /// Ends the streams that were made for an owner.
    package func finish(owner: Int) {
        let consumers = self.state.withLock { state in
            let owned = state.consumers.filter { $0.owner == owner }
            if !owned.isEmpty { state.consumers.removeAll { $0.owner == owner } }
            return owned
        }
        for consumer in consumers { consumer.continuation.finish() }
    }

    /// A stream for one consumer.
    ///
    /// - Parameter owner: By whom the stream can be ended apart from the others.
    /// - Returns: The present value, if there is one, and then the newest whenever the consumer has looked at the last.
    package func stream(owner: Int = 0) -> AsyncStream<Value> {
        let (stream, continuation) = AsyncStream.makeStream(of: Value.self, bufferingPolicy: .bufferingNewest(1))
        let consumer = self.state.withLock { state -> Int? in
            self.dropGone(&state)
            if let value = state.value { continuation.yield(value) }
            guard !state.isFinished else { return nil }
            defer { state.nextConsumer += 1 }
            state.consumers.append((state.nextConsumer, owner, continuation))
            return state.nextConsumer
        }
        guard let consumer else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.gone.withLock { $0.append(consumer) }
        }
        return stream
    }

    private func dropGone(_ state: inout State) {
        let gone = self.gone.withLock { gone in
            defer { gone = [] }
            return gone
        }
        if !gone.isEmpty { state.consumers.removeAll { gone.contains($0.number) } }
    }
}
