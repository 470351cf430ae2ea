#if ZooKeeper
import CZooKeeper
import DistributedCron

/// The C calls of one session that C has not answered yet.
///
/// C only borrows a call. The table owns it until C answers, or until the handle is closed and its threads are gone: so a
/// late answer never meets freed memory, and one that never comes (`zookeeper_close` forgets some) strands no task.
final class PendingCalls: Sendable {
    private let calls = Lock<[ObjectIdentifier: any AbandonableCall]>([:])

    /// How many calls C has not answered.
    var count: Int { self.calls.withLock { $0.count } }

    /// Starts a C call, and waits until it is answered or abandoned, or the task is cancelled.
    ///
    /// A cancelled call is not taken back: what it asks for may still happen.
    ///
    /// - Parameters:
    ///   - type: The type of a successful answer.
    ///   - operation: What is done, for errors.
    ///   - memory: What C writes into until it answers.
    ///   - start: Hands the call to C with the given context; if it throws, C will not answer.
    /// - Returns: C's answer.
    /// - Throws: What `start` threw or C answered; `CancellationError`, unless the task is shielded.
    func perform<Value: Sendable>(
        returning type: Value.Type,
        _ operation: String,
        memory: TransactionMemory? = nil,
        _ start: (UnsafeRawPointer) throws -> Void
    ) async throws -> Value {
        let call = PendingCall<Value>(operation: operation, memory: memory, table: self)
        let isShielded = Shield.isUp
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard call.register(continuation) else { return }
                self.calls.withLock { $0[ObjectIdentifier(call)] = call }
                do {
                    try start(UnsafeRawPointer(Unmanaged.passUnretained(call).toOpaque()))
                } catch {
                    call.answer(.failure(error))
                }
            }
        } onCancel: {
            if !isShielded { call.finish(.failure(CancellationError())) }
        }
    }

    /// Fails every call that is not answered, and keeps it, because C may still answer.
    func failAll() {
        for call in self.calls.withLock({ Array($0.values) }) { call.abandon() }
    }

    /// Lets go of every call; C must not be able to answer any more.
    func releaseAll() {
        let calls = self.calls.withLock { calls in
            defer { calls.removeAll() }
            return Array(calls.values)
        }
        for call in calls { call.abandon() }
    }

    fileprivate func remove(_ call: any AbandonableCall) {
        _ = self.calls.withLock { $0.removeValue(forKey: ObjectIdentifier(call)) }
    }
}

/// Clean-up that goes on although its task is cancelled: whatever C is asked meanwhile is waited for.
enum Shield {
    @TaskLocal static var isUp = false
}

private protocol AbandonableCall: AnyObject, Sendable {
    func abandon()
}

/// One C call, whose first result wins.
final class PendingCall<Value: Sendable>: AbandonableCall {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Value, any Error>)
        case finished(Result<Value, any Error>)
    }
    private let state = Lock(State.idle)
    private let operation: String
    private let memory: TransactionMemory?
    private let table: PendingCalls

    fileprivate init(operation: String, memory: TransactionMemory?, table: PendingCalls) {
        self.operation = operation
        self.memory = memory
        self.table = table
    }

    /// Delivers C's answer to the call that C has borrowed as its context, and must not use afterwards.
    ///
    /// - Parameters:
    ///   - context: The call, which has to be of this type.
    ///   - code: The number that C gave.
    ///   - value: Reads what C gave besides, if the number says that all is well.
    static func answer(_ context: UnsafeRawPointer?, code: Int32, _ value: (TransactionMemory?) -> Value?) {
        guard let context else { return }
        // The table holds the call until now.
        let call = Unmanaged<PendingCall>.fromOpaque(context).takeUnretainedValue()
        if code == ZOK.rawValue, let value = value(call.memory) { return call.answer(.success(value)) }
        let code = code == ZOK.rawValue ? ZMARSHALLINGERROR.rawValue : code
        let failed = call.memory?.failedOperation
        call.answer(.failure(ZooKeeperError(code: code, operation: call.operation, failedOperation: failed)))
    }

    fileprivate func answer(_ result: Result<Value, any Error>) {
        self.finish(result)
        self.table.remove(self)
    }

    fileprivate func abandon() {
        self.finish(.failure(ZooKeeperError(code: ZCLOSING.rawValue, operation: self.operation)))
    }

    /// - Returns: Whether the call is still wanted.
    fileprivate func register(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
        let early = self.state.withLock { state -> Result<Value, any Error>? in
            if case .finished(let result) = state { return result }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
        return early == nil
    }

    fileprivate func finish(_ result: Result<Value, any Error>) {
        let waiter = self.state.withLock { state -> CheckedContinuation<Value, any Error>? in
            switch state {
            case .finished: return nil
            case .idle:
                state = .finished(result)
                return nil
            case .waiting(let continuation):
                state = .finished(result)
                return continuation
            }
        }
        waiter?.resume(with: result)
    }
}
#endif
