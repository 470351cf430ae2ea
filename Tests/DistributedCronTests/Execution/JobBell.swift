import Glibc

@testable import DistributedCron

/// A named pipe into which a job writes when it has come as far as a test wants it.
final class JobBell: Sendable {
    let path: String
    private let pipe: Descriptor
    private let executor = QueueExecutor(label: "bell")
    private let monitor: DescriptorMonitor

    init(in directory: String) throws {
        self.path = "\(directory)/bell"
        guard mkfifo(self.path, 0o600) == 0 else { throw SystemError(doing: "make a bell") }
        // For both directions, or else opening it would wait for the job.
        let number = open(self.path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(doing: "open a bell") }
        self.pipe = Descriptor(owning: number)
        self.monitor = DescriptorMonitor(on: self.executor)
    }

    /// What a shell runs to ring.
    var ring: String { "echo > \(self.path)" }

    /// Waits for the first ring.
    func heard() async throws {
        let (rings, continuation) = AsyncStream.makeStream(of: Void.self)
        let token = try await self.monitor.watch(self.pipe.number) { continuation.finish() }
        for await _ in rings {}
        await self.monitor.unwatch(self.pipe.number, token: token)
    }
}
