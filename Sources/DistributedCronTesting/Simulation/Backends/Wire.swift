import DistributedCron

/// The connection of one process to one service.
///
/// A request takes time, is carried out at the service whatever becomes of the process meanwhile, and its answer takes
/// time; either may be lost, and the process cannot tell which.
struct Wire: Sendable {
    /// How an outcome stays unknown: the answer to something that was done, or the request itself, is lost.
    struct Loss: Sendable {
        /// The fault by which an answer is lost.
        let answer: FaultKind
        /// The fault by which a request is lost.
        let request: FaultKind
        /// How long it takes the process to notice, or nil for the time-out.
        let notice: Duration?
    }

    /// What a request and its answer take beyond what the link makes them take.
    struct Lag: Sendable {
        var request = Duration.zero
        var answer = Duration.zero
    }

    let engine: SimulationEngine
    let faults: FaultSwitches
    let process: SimulatedProcess
    let link: Link
    let server: SimulatedServer
    /// How long a process waits for an answer.
    let timeout: Duration

    /// The same connection with another time-out.
    func waiting(atMost timeout: Duration) -> Self {
        Self(
            engine: self.engine,
            faults: self.faults,
            process: self.process,
            link: self.link,
            server: self.server,
            timeout: timeout
        )
    }

    /// Asks the service to do something.
    ///
    /// - Parameters:
    ///   - losses: The faults that may strike this request.
    ///   - lag: By how much it is late.
    ///   - unknown: The error by which the process knows that it does not know the outcome.
    ///   - operation: What the service does; it runs at the service.
    /// - Returns: The answer.
    /// - Throws: What the operation throws, `unknown`, or `CancellationError`.
    func request<Answer: Sendable>(
        losses: [Loss] = [],
        lag: Lag = Lag(),
        unknown: @autoclosure @escaping @Sendable () -> any Error,
        _ operation: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try self.process.checkAlive()
        let exchange = Exchange()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard exchange.begin({ continuation.resume(throwing: $0) }) else { return }
                exchange.timer = self.engine.after(self.timeout) { exchange.fail(unknown()) }
                self.send(exchange, losses, lag, unknown, operation) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            self.engine.cancel(exchange.timer)
            exchange.fail(CancellationError())
        }
    }

    private func send<Answer: Sendable>(
        _ exchange: Exchange,
        _ losses: [Loss],
        _ lag: Lag,
        _ unknown: @escaping @Sendable () -> any Error,
        _ operation: @escaping @Sendable () async throws -> Answer,
        _ resume: @escaping @Sendable (Answer) -> Void
    ) {
        let way = self.link.latencyOfMessage() + lag.request
        self.faults.note(arrivalAt: self.engine.now + way)
        self.engine.after(way) {
            guard self.link.delivers(.outward) else { return }
            if let loss = losses.first(where: { self.faults.strikes($0.request) }) {
                return self.fail(exchange, after: loss.notice, unknown)
            }
            _ = self.server.accept {
                let result: Result<Answer, any Error>
                do { result = .success(try await operation()) } catch { result = .failure(error) }
                if let loss = losses.first(where: { self.faults.strikes($0.answer) }) {
                    return self.fail(exchange, after: loss.notice, unknown)
                }
                self.engine.after(self.link.latencyOfMessage() + lag.answer + self.link.condition.answerLag) {
                    guard self.link.delivers(.inward) else { return }
                    self.engine.cancel(exchange.timer)
                    guard self.process.isAlive else { return exchange.fail(CancellationError()) }
                    switch result {
                    case .success(let answer): exchange.answer { resume(answer) }
                    case .failure(let error): exchange.fail(error)
                    }
                }
            }
        }
    }

    private func fail(_ exchange: Exchange, after notice: Duration?, _ unknown: @escaping @Sendable () -> any Error) {
        guard let notice else { return }
        self.engine.after(notice) {
            self.engine.cancel(exchange.timer)
            exchange.fail(unknown())
        }
    }
}

/// One request whose answer is awaited; the first answer counts.
///
/// It does not know the answer's type, which would be looked up at every use.
private final class Exchange: Sendable {
    private enum State {
        case idle
        case awaited(orElse: @Sendable (any Error) -> Void)
        case over
    }
    private let state = Lock(State.idle)
    private let ticket = Lock<UInt64>(0)

    /// The time-out.
    var timer: UInt64 {
        get { self.ticket.withLock { $0 } }
        set { self.ticket.withLock { $0 = newValue } }
    }

    /// - Parameter orElse: Is called if there is no answer.
    /// - Returns: False if it is over already; `orElse` has been called then.
    func begin(_ orElse: @escaping @Sendable (any Error) -> Void) -> Bool {
        let isOver = self.state.withLock { state in
            if case .over = state { return true }
            state = .awaited(orElse: orElse)
            return false
        }
        if isOver { orElse(CancellationError()) }
        return !isOver
    }

    /// Hands out the answer, if it is still awaited.
    func answer(_ resume: () -> Void) {
        if self.end() != nil { resume() }
    }

    /// Has whoever awaits the answer know that there is none.
    func fail(_ error: any Error) { self.end()?(error) }

    private func end() -> (@Sendable (any Error) -> Void)? {
        self.state.withLock { state in
            defer { state = .over }
            guard case .awaited(let orElse) = state else { return nil }
            return orElse
        }
    }
}
