import Dispatch
import Glibc
import Logging

/// Changes on disk, in the order in which they were made.
///
/// A change is handed over while the lock that guards what it changes is held (``enqueue(_:)``), so the order in the file
/// is the order of the changes; whoever made it then waits until it is on disk (``durable(_:)``). Whatever has come while
/// one write and sync went on shares the next one. All input and output is done on a queue of its own.
///
/// A write that fails (a full disk) is cut off and repeated when the next change is asked for; until then changes are
/// refused before they are made. After a sync that failed nothing is written any more, because the system may have
/// dropped what it could not write and still say that the next sync went well: only opening the journal anew shows what
/// is there.
final class Journal: Sendable {
    /// Names a change; later ones have higher numbers.
    typealias Ticket = UInt64

    /// How many bytes may wait to be written.
    static let bufferLimit = 64 << 20

    enum Item {
        case frames([UInt8], last: Ticket)
        case rotate(UInt64)
    }

    struct State {
        var items: [Item] = []
        var bufferedBytes = 0
        var last: Ticket = 0
        var durable: Ticket = 0
        var waiters: [(ticket: Ticket, continuation: CheckedContinuation<Bool, Never>)] = []
        var isFlushing = false
        /// Why the last write failed.
        var failure: String?
        /// Whether nothing may be written any more.
        var isDead = false
        /// The number of the newest segment, also if it is still to be begun.
        var segment: UInt64
        /// The number of the segment that is written.
        var begun: UInt64
        /// How many bytes of the newest segment are known to be on disk.
        var synced: Int
        /// How many bytes were handed over since the last snapshot began.
        var loggedBytes = 0
        var syncs = 0
    }

    /// A file that is open until nobody knows it any more.
    private final class OpenFile: Sendable {
        let descriptor: Descriptor

        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    /// The segment that is written; only the queue changes it.
    private struct File: Sendable {
        let open: OpenFile
        /// How many bytes of the file are whole.
        var length: Int
    }

    let directory: JournalDirectory
    let queue = DispatchQueue(label: "distcron.journal")
    let state: Lock<State>
    private let file: Lock<File>
    private let syncFile: @Sendable (Int32) -> Int32
    private let logger: Logger

    /// Opens a directory and reads what is there.
    ///
    /// Blocks for as long as that takes.
    ///
    /// - Parameters:
    ///   - path: The directory; made if it is not there, but not its parents.
    ///   - logger: Hears of what was cut off, and of writes that fail.
    ///   - replay: Is given every change, oldest first.
    ///   - syncFile: Makes what was written to a descriptor survive a crash, as fdatasync(2) does.
    /// - Throws: ``JournalError``; what `replay` throws.
    init(
        path: String,
        logger: Logger,
        replay: (ArraySlice<UInt8>) throws -> Void,
        syncFile: @escaping @Sendable (Int32) -> Int32 = { fdatasync($0) }
    ) throws {
        self.directory = try JournalDirectory(path: path)
        self.logger = logger
        self.syncFile = syncFile
        self.directory.removeLeftovers()
        let (segments, snapshots) = self.directory.list()
        let base = snapshots.last
        if let base { try Self.readSnapshot(base, in: self.directory, replay) }
        let live = segments.filter { $0 >= base ?? 0 }
        var loggedBytes = 0
        var file: File?
        for (index, number) in live.enumerated() {
            guard index == 0 ? number == base ?? number : number == live[index - 1] + 1 else {
                throw JournalError(.corrupt, message: "\(path) lacks \(JournalDirectory.segment(number - 1))")
            }
            let name = JournalDirectory.segment(number)
            let bytes = try self.directory.read(name)
            let isLast = index == live.count - 1
            let whole = try JournalFile.read(
                bytes,
                as: .segment,
                name: "\(path)/\(name)",
                mayBeTorn: isLast,
                replay
            )
            loggedBytes += whole
            guard isLast else { continue }
            if whole < bytes.count {
                logger.warning("Cut off a torn end", metadata: ["file": "\(name)", "bytes": "\(bytes.count - whole)"])
            }
            file = try Self.reopen(name, in: self.directory, length: whole)
        }
        let segment = live.last ?? base ?? 1
        if file == nil {
            if base != nil, live.isEmpty {
                throw JournalError(.corrupt, message: "\(path) lacks \(JournalDirectory.segment(segment))")
            }
            file = try Self.begin(segment, in: self.directory)
        }
        guard let file else { throw JournalError(.unusable, message: "\(path) has no segment") }
        self.file = Lock(file)
        self.state = Lock(State(segment: segment, begun: segment, synced: file.length, loggedBytes: loggedBytes))
        for number in segments where number < base ?? 0 { self.directory.remove(JournalDirectory.segment(number)) }
        for number in snapshots.dropLast() { self.directory.remove(JournalDirectory.snapshot(number)) }
    }

    // MARK: Changing

    /// Says whether changes can be made; to be asked before each.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`, having begun to try again.
    func checkAccepting() throws(JobStoreError) {
        let (failure, isDead, isFull) = self.state.withLock {
            ($0.failure, $0.isDead, $0.bufferedBytes > Self.bufferLimit)
        }
        if let failure {
            if !isDead { self.flushSoon() }
            throw JobStoreError(.unavailable, message: "the journal cannot be written: \(failure)")
        }
        if isFull { throw JobStoreError(.unavailable, message: "too many changes wait to be written to the journal") }
    }

    /// Hands over a change; the caller holds the lock that orders changes.
    func enqueue(_ payload: [UInt8]) -> Ticket {
        let ticket = self.state.withLock { state in
            state.last += 1
            var frames: [UInt8] = []
            if case .frames(let earlier, _)? = state.items.last {
                frames = earlier
                state.items.removeLast()
            }
            let before = frames.count
            JournalFile.append(payload, synced: state.synced, to: &frames)
            state.bufferedBytes += frames.count - before
            state.loggedBytes += frames.count - before
            state.items.append(.frames(frames, last: state.last))
            return state.last
        }
        self.flushSoon()
        return ticket
    }

    /// The newest change that was handed over.
    var lastTicket: Ticket { self.state.withLock { $0.last } }

    /// How many times the disk was made to write, for tests and benchmarks.
    var syncCount: Int { self.state.withLock { $0.syncs } }

    /// How many bytes were handed over since the last snapshot began.
    var loggedBytes: Int { self.state.withLock { $0.loggedBytes } }

    /// Waits until a change, and every one before it, is on disk.
    ///
    /// - Throws: ``JobStoreError`` with code `unavailable`: whether the change is on disk, or will be, is unknown.
    func durable(_ ticket: Ticket) async throws(JobStoreError) {
        let isDurable = await withCheckedContinuation { continuation in
            let answer = self.state.withLock { state -> Bool? in
                if state.durable >= ticket { return true }
                // Asking is what makes the journal try again; whoever asks next has the answer.
                if state.failure != nil { return false }
                state.waiters.append((ticket, continuation))
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
        guard isDurable else {
            if self.state.withLock({ !$0.isDead }) { self.flushSoon() }
            let failure = self.state.withLock { $0.failure } ?? "it was closed"
            throw JobStoreError(.unavailable, message: "the journal could not be written: \(failure)")
        }
    }

    /// Whether nothing will ever be written any more.
    var isDead: Bool { self.state.withLock { $0.isDead } }

    /// Writes nothing any more, because it has failed for too long.
    func giveUp() {
        let (left, durable) = self.state.withLock { state in
            defer { state.waiters = [] }
            state.isDead = true
            if state.failure == nil { state.failure = "it was given up" }
            return (state.waiters, state.durable)
        }
        for waiter in left { waiter.continuation.resume(returning: waiter.ticket <= durable) }
    }

    /// Writes what is left and lets go of the directory; changes are refused afterwards.
    func close() async {
        await withCheckedContinuation { continuation in
            self.queue.async {
                self.flush()
                let (left, durable) = self.state.withLock { state in
                    defer { state.waiters = [] }
                    state.isDead = true
                    if state.failure == nil { state.failure = "it was closed" }
                    return (state.waiters, state.durable)
                }
                self.directory.unlock()
                // What came after the last write is not written any more.
                for waiter in left { waiter.continuation.resume(returning: waiter.ticket <= durable) }
                continuation.resume()
            }
        }
    }

    // MARK: Writing

    func flushSoon() {
        let isIdle = self.state.withLock { state in
            defer { state.isFlushing = true }
            return !state.isFlushing
        }
        if isIdle { self.queue.async { self.flush() } }
    }

    /// Writes and syncs until nothing is left or something fails; on the queue.
    func flush() {
        while true {
            let items = self.state.withLock { state -> [Item] in
                guard !state.isDead, !state.items.isEmpty else {
                    state.isFlushing = false
                    return []
                }
                defer { state.items = [] }
                return state.items
            }
            guard !items.isEmpty else { return }
            var done = 0
            var failure: Failure?
            do throws(Failure) {
                for item in items {
                    try self.write(item)
                    done += 1
                }
            } catch {
                failure = error
            }
            if done > 0, failure?.isFinal != true {
                do throws(Failure) {
                    try self.sync()
                } catch {
                    failure = error
                }
            }
            let isLost = failure?.isFinal == true
            self.settle(written: isLost ? [] : Array(items[..<done]), left: Array(items[done...]), failure)
            if failure != nil { return }
        }
    }

    /// What keeps something from being written.
    private struct Failure: Error {
        let error: SystemError
        /// Whether what was written before may be lost, so that nothing may be written after it.
        let isFinal: Bool
    }

    /// Makes the segment that is written survive a crash.
    private func sync() throws(Failure) {
        let isSynced = self.file.withLock { self.syncFile($0.open.descriptor.number) == 0 }
        guard isSynced else { throw Failure(error: SystemError(doing: "sync the journal"), isFinal: true) }
    }

    private func write(_ item: Item) throws(Failure) {
        switch item {
        case .frames(let bytes, _):
            do throws(SystemError) { try self.append(bytes) } catch { throw Failure(error: error, isFinal: false) }
        case .rotate(let number):
            // Before there is a newer segment: one that is not the last has to be whole.
            try self.sync()
            let next: File
            do throws(JournalError) {
                next = try Self.begin(number, in: self.directory)
            } catch {
                let error = SystemError(doing: "begin \(JournalDirectory.segment(number)) (\(error))", number: EIO)
                throw Failure(error: error, isFinal: false)
            }
            self.file.withLock { $0 = next }
            self.state.withLock { $0.begun = number }
        }
    }

    private func append(_ bytes: [UInt8]) throws(SystemError) {
        try self.file.withLock { file throws(SystemError) in
            do throws(SystemError) {
                try bytes.span.bytes.withUnsafeBytes { buffer throws(SystemError) in
                    try file.open.descriptor.write(buffer)
                }
                file.length += bytes.count
            } catch {
                // What was written of it would stand before what is written next.
                _ = ftruncate(file.open.descriptor.number, off_t(file.length))
                _ = lseek(file.open.descriptor.number, off_t(file.length), SEEK_SET)
                throw error
            }
        }
    }

    private func settle(written: [Item], left: [Item], _ failure: Failure?) {
        let length = self.file.withLock { $0.length }
        let (resumed, isDurable) = self.state.withLock { state in
            state.syncs += 1
            for case .frames(let bytes, let last) in written {
                state.durable = last
                state.bufferedBytes -= bytes.count
            }
            if state.begun == state.segment, failure?.isFinal != true { state.synced = length }
            state.items = left + state.items
            if let failure {
                state.failure = failure.error.description
            } else if !state.isDead {
                state.failure = nil
            }
            state.isDead = state.isDead || failure?.isFinal == true
            let durable = state.durable
            if failure != nil { state.isFlushing = false }
            let over = state.waiters.filter { $0.ticket <= durable || failure != nil }
            state.waiters.removeAll { $0.ticket <= durable || failure != nil }
            return (over, durable)
        }
        if let failure { self.logger.error("The journal cannot be written", metadata: ["error": "\(failure.error)"]) }
        for waiter in resumed { waiter.continuation.resume(returning: waiter.ticket <= isDurable) }
    }

    // MARK: Files

    private static func begin(
        _ number: UInt64,
        in directory: borrowing JournalDirectory
    ) throws(JournalError) -> File {
        let name = JournalDirectory.segment(number)
        do throws(SystemError) {
            let file = try Descriptor.open(name, in: directory.descriptor, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
            let header = JournalFile.header(.segment)
            try header.span.bytes.withUnsafeBytes { buffer throws(SystemError) in try file.write(buffer) }
            guard fdatasync(file.number) == 0 else { throw SystemError(doing: "sync \(name)") }
            try directory.sync()
            return File(open: OpenFile(file), length: header.count)
        } catch {
            throw JournalError(.unusable, message: "\(directory.path): \(error)")
        }
    }

    /// Opens a segment that is there, cuts off what is not whole, and goes on at its end.
    private static func reopen(
        _ name: String,
        in directory: borrowing JournalDirectory,
        length: Int
    ) throws(JournalError) -> File {
        do throws(SystemError) {
            let file = try Descriptor.open(name, in: directory.descriptor, O_WRONLY)
            let header = JournalFile.header(.segment)
            guard ftruncate(file.number, off_t(length)) == 0,
                lseek(file.number, off_t(length), SEEK_SET) == off_t(length)
            else { throw SystemError(doing: "cut \(name) to \(length) bytes") }
            if length < header.count {
                try header.span.bytes.withUnsafeBytes { buffer throws(SystemError) in try file.write(buffer) }
            }
            guard fdatasync(file.number) == 0 else { throw SystemError(doing: "sync \(name)") }
            return File(open: OpenFile(file), length: max(length, header.count))
        } catch {
            throw JournalError(.unusable, message: "\(directory.path): \(error)")
        }
    }
}
