import HeapModule

/// Elements that wait for one of several consumers, smallest first.
package final class WaitingLine<Element: Comparable & Sendable>: Sendable {
    private struct State {
        var elements = Heap<Element>()
        var consumers: [(ticket: Int, continuation: CheckedContinuation<Element?, Never>)] = []
        var nextTicket = 0
        var isClosed = false
    }
    private let state = Lock(State())

    package init() {}

    /// How many elements wait.
    package var count: Int { self.state.withLock { $0.elements.count } }

    /// Adds elements; they are dropped if the line is closed.
    ///
    /// - Returns: Whether they were let in.
    @discardableResult
    package func add(_ elements: some Sequence<Element>) -> Bool {
        let served = self.state.withLock { state -> [(CheckedContinuation<Element?, Never>, Element)]? in
            guard !state.isClosed else { return nil }
            state.elements.insert(contentsOf: elements)
            var served: [(CheckedContinuation<Element?, Never>, Element)] = []
            while !state.consumers.isEmpty, let element = state.elements.popMin() {
                served.append((state.consumers.removeFirst().continuation, element))
            }
            return served
        }
        guard let served else { return false }
        for (consumer, element) in served { consumer.resume(returning: element) }
        return true
    }

    /// Lets nothing in or out any more: what waits is dropped, and every consumer gets nil.
    ///
    /// - Returns: What was dropped, in no order.
    @discardableResult
    package func close() -> [Element] {
        let (consumers, dropped) = self.state.withLock { state in
            state.isClosed = true
            defer {
                state.consumers.removeAll()
                state.elements = Heap()
            }
            return (state.consumers, state.elements.unordered)
        }
        for consumer in consumers { consumer.continuation.resume(returning: nil) }
        return dropped
    }

    /// Takes the smallest element, waiting for one; nil once the line is closed or the task is cancelled.
    package func next() async -> Element? {
        let ticket = self.state.withLock { state in
            defer { state.nextTicket += 1 }
            return state.nextTicket
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = self.state.withLock { state -> Element?? in
                    if state.isClosed || Task.isCancelled { return .some(nil) }
                    if let element = state.elements.popMin() { return element }
                    state.consumers.append((ticket, continuation))
                    return .none
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let consumer = self.state.withLock { state in
                state.consumers.firstIndex { $0.ticket == ticket }.map { state.consumers.remove(at: $0) }
            }
            consumer?.continuation.resume(returning: nil)
        }
    }
}
