import CSpawn
import Dispatch
import Glibc

/// Tells actors of one queue when their descriptors can be read.
///
/// One thread waits in epoll for all of them. Not a Dispatch source each: on Linux, Dispatch frees the records of its
/// sources too early where many come and go, and crashes (swift-corelibs-libdispatch issue 949, open in Swift 6.3).
///
/// The thread starts with the first descriptor and ends with the monitor. It hands events to the queue and waits until
/// they were handled, so an event is not reported again while it is being handled.
actor DescriptorMonitor {
    private let executor: QueueExecutor
    private var waiter: EpollWaiter?
    private var handlers: [UInt64: @Sendable () -> Void] = [:]
    private var tokensMade = EpollWaiter.stopToken

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    init(on executor: QueueExecutor) { self.executor = executor }

    deinit { self.waiter?.stop() }

    /// Starts the thread, unless it runs.
    func start() throws(SystemError) {
        guard self.waiter == nil else { return }
        self.waiter = try EpollWaiter(queue: self.executor.queue) { [weak self] tokens in
            self?.assumeIsolated { $0.deliver(tokens) }
        }
    }

    /// Watches a descriptor: `onReadable` is called for as long as there is something to read, the end included.
    func watch(
        _ number: Int32,
        onReadable: @escaping @Sendable () -> Void
    ) throws(SystemError) -> UInt64 {
        try self.start()
        self.tokensMade += 1
        let token = self.tokensMade
        try self.waiter?.add(number, token: token)
        self.handlers[token] = onReadable
        return token
    }

    /// Stops watching a descriptor that is still open; its handler is not called again.
    func unwatch(_ number: Int32, token: UInt64) {
        self.handlers[token] = nil
        self.waiter?.remove(number)
    }

    private func deliver(_ tokens: [UInt64]) {
        // An earlier handler may have stopped the watch of a later one; tokens are not used twice.
        for token in tokens { self.handlers[token]?() }
    }
}
