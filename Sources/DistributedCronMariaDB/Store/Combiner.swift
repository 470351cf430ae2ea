#if MariaDB
import DistributedCron

/// Joins calls that come while others are under way into one, as a database's group commit does.
///
/// A call that comes alone goes at once; under load, each piece of work is as large as what has come meanwhile.
final class Combiner<Element: Sendable, Answer: Sendable>: Sendable {
    private struct Call {
        let ticket: Int
        let element: Element
        /// Gets the answer, or nil if the caller is to work on what waits.
        let continuation: CheckedContinuation<Result<Answer, any Error>?, any Error>
    }
    private struct State {
        var waiting: [Call] = []
        /// Whether a caller works, or is to begin.
        var isBusy = false
        var lastTicket = 0
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

    /// How many calls wait for those that are under way.
    var waitingCount: Int { self.state.withLock { $0.waiting.count } }

    /// Has an element worked on, alone or with others.
    ///
    /// A call that is cancelled while it waits leaves, and its element is not worked on. One whose element is worked on
    /// already is not cancelled any more: the work is the others' as well, and is waited for.
    ///
    /// - Throws: What the element's result says; `CancellationError`, and then its element was not worked on.
    func submit(_ element: Element) async throws -> Answer {
        let ticket = self.state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        let answer = try await withTaskCancellationHandler {
            try await self.wait(ticket, with: element)
        } onCancel: {
            self.leave(ticket)
        }
        if let answer { return try answer.get() }
        return try await self.lead(with: element)
    }

    /// Waits for an answer.
    ///
    /// - Returns: The answer, or nil if the caller is to work.
    private func wait(_ ticket: Int, with element: Element) async throws -> Result<Answer, any Error>? {
        try await withCheckedThrowingContinuation { continuation in
            let isFirst = self.state.withLock { state -> Bool? in
                // Whoever cancels may have come too early to find it.
                guard !Task.isCancelled else { return nil }
                guard state.isBusy else {
                    state.isBusy = true
                    return true
                }
                state.waiting.append(Call(ticket: ticket, element: element, continuation: continuation))
                return false
            }
            guard let isFirst else { return continuation.resume(throwing: CancellationError()) }
            if isFirst { continuation.resume(returning: nil) }
        }
    }

    private func leave(_ ticket: Int) {
        let call = self.state.withLock { state -> Call? in
            guard let place = state.waiting.firstIndex(where: { $0.ticket == ticket }) else { return nil }
            return state.waiting.remove(at: place)
        }
        call?.continuation.resume(throwing: CancellationError())
    }

    /// Makes the caller that waits longest the one who works.
    private func promote() {
        let next = self.state.withLock { state -> Call? in
            state.isBusy = !state.waiting.isEmpty
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
        next?.continuation.resume(returning: nil)
    }

    /// Works on the caller's element and on what waits; then lets the next caller do so.
    private func lead(with element: Element) async throws -> Answer {
        guard !Task.isCancelled else {
            self.promote()
            throw CancellationError()
        }
        let others = self.state.withLock { state in
            let others = Array(state.waiting.prefix(self.limit - 1))
            state.waiting.removeFirst(others.count)
            return others
        }
        let elements = [element] + others.map(\.element)
        // The caller's task may be cancelled, but not what it does for the others.
        let working = Task { await self.work(elements) }  // lint:allow a shield: awaited at once
        let answers = await working.value
        self.promote()
        for (call, answer) in zip(others, answers.dropFirst()) { call.continuation.resume(returning: answer) }
        return try (answers.first ?? .failure(CancellationError())).get()
    }
}
#endif
