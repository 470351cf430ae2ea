import Glibc

/// Until when a worker's lease is good, in a file: for a supervisor, which outlives the worker.
///
/// It holds one number, a time of the machine's clock that goes on while the machine sleeps (CLOCK_BOOTTIME,
/// clock_gettime(2)), in nanoseconds. It need not reach the disk: after a crash of the machine nothing runs.
final class LeaseFile: WatchedLease {
    private let file: OpenFile
    private let reviews = Bell()

    /// A descriptor that is open until nobody knows it any more.
    private final class OpenFile: Sendable {
        let descriptor: Descriptor

        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    /// Opens a file in a directory; makes it, with a lease that is not good, if it is not there.
    init(_ name: String, in directory: borrowing Descriptor) throws(SystemError) {
        self.file = OpenFile(try Descriptor.open(name, in: directory, O_RDWR | O_CREAT, mode: 0o600))
    }

    /// The name of the file of a worker.
    static func name(of worker: WorkerID) -> String { "\(worker)\(self.suffix)" }

    /// What the names of the files end with.
    static let suffix = ".lease"

    /// Says until when the lease is good, on the clock of ``now``; nil if it is not.
    ///
    /// - Throws: What keeps it from being written: the lease is good for as long as was said before.
    func write(_ deadline: Duration?) throws(SystemError) {
        let nanoseconds = UInt64(clamping: Int64((deadline ?? .zero) / .nanoseconds(1))).littleEndian
        let number = self.file.descriptor.number
        // One write of eight bytes, so that a reader sees all of it or nothing.
        let count = withUnsafeBytes(of: nanoseconds) { pwrite(number, $0.baseAddress, $0.count, 0) }
        guard count != MemoryLayout<UInt64>.size else { return }
        let error = SystemError(doing: "write down a lease", number: count < 0 ? errno : ENOSPC)
        // That one is over has to be said in any case, and takes no room: what is too short to be a time is none.
        if deadline == nil { ftruncate(number, 0) }
        throw error
    }

    /// Until when the lease is good, on the clock of ``now``; nil if it was revoked, or never given.
    var deadline: Duration? {
        var nanoseconds: UInt64 = 0
        let count = withUnsafeMutableBytes(of: &nanoseconds) {
            pread(self.file.descriptor.number, $0.baseAddress, $0.count, 0)
        }
        guard count == MemoryLayout<UInt64>.size, nanoseconds != 0 else { return nil }
        return .nanoseconds(Int64(clamping: UInt64(littleEndian: nanoseconds)))
    }

    var now: Duration { Self.now }

    /// The present.
    static var now: Duration {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// Has what runs under the lease judged anew.
    func review() { self.reviews.ring() }

    func waitForReview(until time: Duration?, on clock: any Clock<Duration>) async {
        guard let time else { return await self.reviews.wait() }
        await self.reviews.wait(atMost: time - self.now, on: clock)
    }
}
