import CSpawn
import Dispatch
import Glibc

/// A thread that waits in epoll and reports to a queue.
final class EpollWaiter: Sendable {
    /// The token that nobody else may use.
    static let stopToken: UInt64 = 0
    private static let batch = 64

    private let epoll: Descriptor
    private let stopper: Pipe
    private let queue: DispatchQueue
    private let deliver: @Sendable ([UInt64]) -> Void

    /// Starts the thread; it calls `deliver` on `queue` and runs until ``stop()``.
    init(queue: DispatchQueue, deliver: @escaping @Sendable ([UInt64]) -> Void) throws(SystemError) {
        var number: Int32 = -1
        let error = distcron_epoll_open(&number)
        guard error == 0 else { throw SystemError(doing: "watch descriptors", number: error) }
        self.epoll = Descriptor(owning: number)
        self.stopper = try Pipe()
        self.queue = queue
        self.deliver = deliver
        try self.add(self.stopper.readEnd.number, token: Self.stopToken)
        try self.startThread()
    }

    /// Adds a descriptor to those that are waited for.
    func add(_ descriptor: Int32, token: UInt64) throws(SystemError) {
        let error = distcron_epoll_add(self.epoll.number, descriptor, token)
        guard error == 0 else { throw SystemError(doing: "watch a descriptor", number: error) }
    }

    /// Removes a descriptor that is still open.
    func remove(_ descriptor: Int32) { _ = distcron_epoll_remove(self.epoll.number, descriptor) }

    /// Lets the thread end.
    ///
    /// It may be the calling one.
    func stop() {
        // A byte in an empty pipe never blocks.
        let byte: [UInt8] = [0]
        byte.withUnsafeBytes { try? self.stopper.writeEnd.write($0) }
    }

    private func startThread() throws(SystemError) {
        var thread = pthread_t()
        // The thread owns this object, and so the descriptors, until it ends.
        let context = Unmanaged.passRetained(self)
        let error = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<EpollWaiter>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context.toOpaque()
        )
        guard error == 0 else {
            context.release()
            throw SystemError(doing: "start a thread", number: error)
        }
        pthread_detach(thread)
    }

    private func run() {
        var tokens = [UInt64](repeating: 0, count: Self.batch)
        while true {
            var count: Int32 = 0
            let error = distcron_epoll_wait(self.epoll.number, &tokens, Int32(tokens.count), &count)
            // With the descriptors in order, as they are, it cannot fail.
            precondition(error == 0, "epoll_wait failed: \(error)")
            let ready = tokens.prefix(Int(count))
            if ready.contains(Self.stopToken) { return }
            if !ready.isEmpty { self.queue.sync { self.deliver(Array(ready)) } }
        }
    }
}
