/// Tells one waiting task to look again.
///
/// Rings that come before it looks count once; none is lost.
package final class Bell: Sendable {
    private enum State {
        case silent
        case rung
        case awaited(CheckedContinuation<Void, Never>)
    }
    private let state = Lock(State.silent)

    package init() {}

    /// Wakes the waiting task, or lets the next wait return at once.
    package func ring() {
        let waiter = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard case .awaited(let waiter) = state else {
                state = .rung
                return nil
            }
            state = .silent
            return waiter
        }
        waiter?.resume()
    }

    /// Waits for a ring, or for the task to be cancelled; one task at a time.
    package func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { self.register($0, isCancellable: true) }
        } onCancel: {
            let waiter = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard case .awaited(let waiter) = state else { return nil }
                state = .silent
                return waiter
            }
            waiter?.resume()
        }
    }

    /// Waits for a ring, even if the task is cancelled: for clean-up that must see its end.
    package func waitDespiteCancellation() async {
        await withCheckedContinuation { self.register($0, isCancellable: false) }
    }

    private func register(_ continuation: CheckedContinuation<Void, Never>, isCancellable: Bool) {
        let isOver = self.state.withLock { state in
            if case .rung = state {
                state = .silent
                return true
            }
            // The cancellation handler may have run before there was anything to wake.
            guard !isCancellable || !Task.isCancelled else { return true }
            state = .awaited(continuation)
            return false
        }
        if isOver { continuation.resume() }
    }

    /// - Returns: Whether the bell had rung since the last wait.
    private func takeRing() -> Bool {
        self.state.withLock { state in
            guard case .rung = state else { return false }
            state = .silent
            return true
        }
    }

    /// Waits for a ring, for a time to pass, or for the task to be cancelled, whichever is first.
    package func wait(atMost duration: Duration, on clock: any Clock<Duration>) async {
        if self.takeRing() { return }
        await withTaskGroup(of: Void.self) { group in
            // The time is over with a ring like any other. If it comes with another, the next wait is over at once too.
            group.addTask { if (try? await clock.sleep(for: duration)) != nil { self.ring() } }
            await self.wait()
            group.cancelAll()
        }
    }
}
