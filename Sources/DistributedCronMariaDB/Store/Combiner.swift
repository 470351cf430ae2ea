#if MariaDB
import DistributedCron

/// Joins calls that come while others are under way into one, as a database's group commit does.
///
/// A call that comes alone goes at once; under load, each piece of work is as large as what has come meanwhile.
final class Combiner<Element: Sendable, Answer: Sendable>: Sendable {
    private struct Call {
        let element: Element
        let continuation: CheckedContinuation<Result<Answer, any Error>?, Never>
    }
    private struct State {
        var waiting: [Call] = []
        var isBusy = false
    }

    private let limit: Int
    private let work: @Sendable ([Element]) async -> [Result<Answer, any Error>]
    private let state = Lock(State())

    /// Creates a combiner.
    ///
    /// - Parameters:
    ///   - limit: How many elements are worked on together.
    ///   - work: Gives a result for each element, in their order.
    init(limit: Int, _ work: @escaping @Sendable ([Element]) async -> [Result<Answer, any Error>]) {
        self.limit = limit
        self.work = work
    }

    /// Has an element worked on, alone or with others.
    ///
    /// Not cancelled: what is under way for others goes on.
    func submit(_ element: Element) async throws -> Answer {
        let answer = await withCheckedContinuation { continuation in
            let isFirst = self.state.withLock { state in
                state.waiting.append(Call(element: element, continuation: continuation))
                defer { state.isBusy = true }
                return !state.isBusy
            }
            if isFirst { self.promote() }
        }
        if let answer { return try answer.get() }
        return try await self.lead().get()
    }

    /// Makes the caller that waits longest the one who works.
    private func promote() {
        let leader = self.state.withLock { $0.waiting.first?.continuation }
        leader?.resume(returning: nil)
    }

    /// Works on what waits, of which the caller's is the first; then lets the next caller do so.
    private func lead() async -> Result<Answer, any Error> {
        let calls = self.state.withLock { state in
            let calls = Array(state.waiting.prefix(self.limit))
            state.waiting.removeFirst(calls.count)
            return calls
        }
        // The caller's task may be cancelled, but not what it does for the others.
        let working = Task { await self.work(calls.map(\.element)) }  // lint:allow a shield: awaited at once
        let answers = await working.value
        let next = self.state.withLock { state in
            state.isBusy = !state.waiting.isEmpty
            return state.waiting.first?.continuation
        }
        next?.resume(returning: nil)
        for (call, answer) in zip(calls, answers).dropFirst() { call.continuation.resume(returning: answer) }
        return answers.first ?? .failure(CancellationError())
    }
}
#endif
