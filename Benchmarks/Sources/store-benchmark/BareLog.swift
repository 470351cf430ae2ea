import Dispatch
import Glibc
import Synchronization

/// The least that a durable store has to do: append each record, and sync once for all that came meanwhile.
///
/// What the disk allows, without anything else: the limit for writes per second.
final class BareLog: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var waiters: [CheckedContinuation<Void, Never>] = []
        var isWriting = false
    }

    private let descriptor: Int32
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "bare-log")

    init(path: String) {
        self.descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        precondition(self.descriptor >= 0, "cannot write \(path)")
    }

    deinit { close(self.descriptor) }

    /// Appends a record and returns when it is on disk.
    func append(_ record: [UInt8]) async {
        await withCheckedContinuation { continuation in
            let begins = self.state.withLock { state in
                state.bytes += record
                state.waiters.append(continuation)
                defer { state.isWriting = true }
                return !state.isWriting
            }
            if begins { self.queue.async { self.write() } }
        }
    }

    private func write() {
        while true {
            let (bytes, waiters) = self.state.withLock { state in
                defer { (state.bytes, state.waiters) = ([], []) }
                state.isWriting = !state.waiters.isEmpty
                return (state.bytes, state.waiters)
            }
            guard !waiters.isEmpty else { return }
            precondition(Glibc.write(self.descriptor, bytes, bytes.count) == bytes.count)
            precondition(fdatasync(self.descriptor) == 0)
            for waiter in waiters { waiter.resume() }
        }
    }
}
