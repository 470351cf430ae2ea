import Glibc

/// Until when a worker's leases are good, in a file: for a supervisor, which outlives the worker.
///
/// It holds two numbers, times of the machine's clock that goes on while the machine sleeps (CLOCK_BOOTTIME,
/// clock_gettime(2)), in nanoseconds: until when attempts may go on that end with the session's lease, and those that go on
/// under the ledger's. A file with the first alone means that for both. It need not reach the disk: after a crash of the
/// machine nothing runs.
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

    /// Says until when the leases are good, on the clock of ``now``.
    ///
    /// - Throws: What keeps it from being written: the leases are good for as long as was said before.
    func write(_ deadlines: LeaseDeadlines) throws(SystemError) {
        let times = [deadlines.hold, deadlines.lease].map {
            UInt64(clamping: Int64(($0 ?? .zero) / .nanoseconds(1))).littleEndian
        }
        let number = self.file.descriptor.number
        // One write. A reader sees all or nothing of each number, which is one word; and if it sees one that is new beside
        // one that is old, both were said.
        let count = times.withUnsafeBytes { pwrite(number, $0.baseAddress, $0.count, 0) }
        guard count != Self.size else { return }
        let error = SystemError(doing: "write down a lease", number: count < 0 ? errno : ENOSPC)
        // That all is over has to be said in any case, and takes no room: what is too short to be a time is none.
        if deadlines == LeaseDeadlines() { ftruncate(number, 0) }
        throw error
    }

    private static let size = 2 * MemoryLayout<UInt64>.size

    /// Until when attempts of jobs with a policy may go on, on the clock of ``now``; nil if they may not.
    func deadline(for policy: OutagePolicy) -> Duration? {
        var times: [UInt64] = [0, 0]
        let number = self.file.descriptor.number
        let count = times.withUnsafeMutableBytes { pread(number, $0.baseAddress, $0.count, 0) }
        let isWhole = count == Self.size
        guard isWhole || count == MemoryLayout<UInt64>.size else { return nil }
        let time = UInt64(littleEndian: isWhole && policy == .lease ? times[1] : times[0])
        return time == 0 ? nil : .nanoseconds(Int64(clamping: time))
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
