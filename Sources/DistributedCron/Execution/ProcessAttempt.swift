import CSpawn
import Dispatch
import Glibc

/// One attempt's processes, from the start to the moment when nothing of them is left.
///
/// Carries out what ``AttemptMachine`` decides. Everything happens on the queue of `executor`, which all attempts of a
/// ``ProcessExecutor`` share: starting a process suspends its thread for the better part of a millisecond, and one
/// queue at a time means that no start of ours holds a copy of a program file that another of ours is about to execute.
actor ProcessAttempt {
    /// The most that is read of a stream at once, so that no attempt keeps the queue from the others.
    private static let readSize = 64 * 1_024
    /// How often a stream is read after the attempt's end: what a pipe can hold, and no more, because something that
    /// escaped from the session may still be writing.
    private static let lastReads = 16

    private let executor: QueueExecutor
    private let monitor: DescriptorMonitor
    private let killGrace: Duration
    private var machine = AttemptMachine()
    private let output: AttemptOutput
    private let place: ExecutionFiles.Place
    private let spool: OutputSpool
    private var process: pid_t?
    private var processWatch: WatchedDescriptor?
    private var streams: [OutputTail.Stream: WatchedDescriptor] = [:]
    private var remains: [Int32: WatchedDescriptor] = [:]
    private var isAskedToEnd = false
    private var outcome: AttemptOutcome?
    private var waiter: CheckedContinuation<AttemptOutcome, Never>?

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.executor.asUnownedSerialExecutor() }

    /// Prepares an attempt on a queue, and on the monitor of that queue.
    ///
    /// - Parameters:
    ///   - executor: The queue.
    ///   - monitor: The monitor.
    ///   - killGrace: How long the processes have between being asked to end and being killed.
    ///   - output: Takes what they write.
    ///   - spoolLimit: How much of a long output is kept in a file.
    ///   - place: Where the attempt's files are.
    init(
        on executor: QueueExecutor,
        monitor: DescriptorMonitor,
        killGrace: Duration,
        output: AttemptOutput,
        spoolLimit: Int,
        place: ExecutionFiles.Place
    ) {
        self.executor = executor
        self.monitor = monitor
        self.killGrace = killGrace
        self.output = output
        self.place = place
        self.spool = OutputSpool(limit: spoolLimit) { () throws(SystemError) in try place.makeOutputFile() }
    }

    /// Starts the process; to be called once.
    ///
    /// If it throws, nothing was started.
    func start(_ request: consuming SpawnRequest) throws(SpawnRequest.Failure) {
        let stdout = try self.makePipe()
        let stderr = try self.makePipe()
        let started = try request.start(output: stdout.writeEnd, error: stderr.writeEnd)
        let process = started.process
        self.process = process
        self.record(process)
        do throws(SystemError) {
            self.processWatch = try self.watch(started.takeDescriptor()) { $0.noticeProcessEnd() }
            self.streams[.stdout] = try self.watch(stdout.takeReadEnd()) { $0.read(.stdout) }
            self.streams[.stderr] = try self.watch(stderr.takeReadEnd()) { $0.read(.stderr) }
        } catch {
            // A process that cannot be watched must not run. It is gone at once, so this does not wait.
            self.signalGroup(SIGKILL)
            waitpid(process, nil, 0)
            self.processWatch = nil
            self.streams = [:]
            throw SpawnRequest.Failure(isRefusedProgram: false, error: error)
        }
    }

    /// Writes down the process; where that fails, a successor still has the attempt's intent to go by.
    private func record(_ process: pid_t) {
        guard let boot = self.place.boot, let record = AttemptRecord.Process(started: process, boot: boot) else {
            return
        }
        symlink(record.text, self.place.path + AttemptRecord.processSuffix)
    }

    private func makePipe() throws(SpawnRequest.Failure) -> Pipe {
        do throws(SystemError) {
            return try Pipe()
        } catch {
            throw SpawnRequest.Failure(isRefusedProgram: false, error: error)
        }
    }

    /// Tells a started attempt what happened outside of it.
    nonisolated func send(_ event: AttemptMachine.Event) {
        self.executor.queue.async {
            self.assumeIsolated { attempt in
                // A process that has already ended has not been stopped, even if that was not noticed yet.
                attempt.noticeProcessEnd()
                // Then the whole session has to be looked for, not the group alone.
                if event == .killed { attempt.isAskedToEnd = true }
                attempt.handle(event)
            }
        }
    }

    /// Waits until nothing is left of a started attempt; to be called once.
    ///
    /// Cancellation does not end the waiting: send `cancelled`, and the attempt's end does.
    func end() async -> AttemptOutcome {
        await withCheckedContinuation { continuation in
            self.waiter = continuation
            self.resumeIfDone()
        }
    }

    /// All of the output, if it is longer than its tail; to be called after the end.
    func spooledOutput() -> OutputSpool.Content? { self.spool.content() }

    private func handle(_ event: AttemptMachine.Event) {
        for effect in self.machine.handle(event) {
            switch effect {
            case .terminateGroup:
                self.isAskedToEnd = true
                self.signalGroup(SIGTERM)
            case .startGrace: self.startGrace()
            case .killGroup:
                self.signalGroup(SIGKILL)
                for member in self.remains.values { _ = distcron_process_signal(member.number, SIGKILL) }
            case .awaitGroupEnd: self.lookForRemains()
            case .finish(let outcome): self.finish(outcome)
            }
        }
    }

    /// The main process is not reaped before the last such signal, so the number cannot be anybody else's.
    private func signalGroup(_ number: Int32) {
        guard let process = self.process else { return }
        kill(-process, number)
    }

    private func noticeProcessEnd() {
        // The number and not the watch: held here, it would be closed only after the attempt's end was reported.
        guard self.machine.isProcessAlive, let number = self.processWatch?.number else { return }
        var end = distcron_process_end()
        switch distcron_process_peek(number, &end) {
        case 0: self.processEnded(end.is_signal != 0 ? .signaled(end.value) : .exited(end.value))
        case ECHILD: self.processEnded(.exited(ProcessExecutor.lostExitCode))
        default: break
        }
    }

    private func processEnded(_ end: ProcessEnd) {
        // A pidfd stays readable for ever.
        self.processWatch = nil
        self.handle(.processEnded(end))
    }

    private func startGrace() {
        // By Dispatch and not by a clock: after a cancellation, which is when it counts most, no clock lets this task
        // sleep any more. A grace that passes after the attempt's end has no effect.
        self.executor.queue.asyncAfter(deadline: .now() + self.killGrace.dispatchInterval) { [weak self] in
            self?.assumeIsolated { $0.handle(.gracePassed) }
        }
    }
}

// What remains of the group once its main process has ended.
extension ProcessAttempt {
    private func lookForRemains() {
        guard let process = self.process else { return }
        if !self.isAskedToEnd {
            // The common case, made cheap: what the group had left was killed while the main process still held its
            // number. With that reaped too, an empty group is one that does not exist.
            self.reap()
            guard kill(-process, 0) == 0 || errno == EPERM else { return self.handle(.groupEmptied) }
        }
        let members = SessionMembers(leaders: [process]).open()
        guard !members.isEmpty else {
            self.reap()
            return self.handle(.groupEmptied)
        }
        for member in members {
            if self.machine.hasKilled { _ = distcron_process_signal(member, SIGKILL) }
            do throws(SystemError) {
                self.remains[member] = try self.watch(Descriptor(owning: member)) { $0.memberEnded(member) }
            } catch {
                // The end of what cannot be watched cannot be waited for, so it has to come now.
                if !self.machine.hasKilled { self.signalGroup(SIGKILL) }
            }
        }
        if self.remains.isEmpty {
            self.reap()
            self.handle(.groupEmptied)
        }
    }

    private func memberEnded(_ member: Int32) {
        self.remains[member] = nil
        // They may have started others meanwhile.
        if self.remains.isEmpty { self.lookForRemains() }
    }

    /// Takes the ended main process out of the process table, which does not wait.
    private func reap() {
        guard let process = self.process else { return }
        waitpid(process, nil, WNOHANG)
    }

    private func finish(_ outcome: AttemptOutcome) {
        for stream in OutputTail.Stream.allCases {
            for _ in 0..<Self.lastReads where self.streams[stream] != nil {
                guard self.read(stream) else { break }
            }
            self.streams[stream] = nil
        }
        self.outcome = outcome
        self.resumeIfDone()
    }
}

// Descriptors.
extension ProcessAttempt {
    private func watch(
        _ descriptor: consuming Descriptor,
        onReadable: @escaping @Sendable (isolated ProcessAttempt) -> Void
    ) throws(SystemError) -> WatchedDescriptor {
        try WatchedDescriptor(descriptor, by: self.monitor) { self.assumeIsolated(onReadable) }
    }

    /// Reads once; false if there was nothing to read.
    @discardableResult
    private func read(_ stream: OutputTail.Stream) -> Bool {
        guard let number = self.streams[stream]?.number else { return false }
        let count = withUnsafeTemporaryAllocation(byteCount: Self.readSize, alignment: 1) { buffer in
            let count = Glibc.read(number, buffer.baseAddress, buffer.count)
            if count > 0 {
                let bytes = UnsafeRawBufferPointer(rebasing: buffer.prefix(count))
                self.spool.append(bytes, to: self.output)
                self.output.append(bytes, from: stream)
            }
            return count
        }
        guard count <= 0 else { return true }
        if count < 0, errno == EAGAIN || errno == EINTR { return false }
        // The end of the stream, or an error that will not go away.
        self.streams[stream] = nil
        return false
    }

    private func resumeIfDone() {
        guard let outcome = self.outcome, let waiter = self.waiter else { return }
        self.waiter = nil
        waiter.resume(returning: outcome)
    }
}

extension Duration {
    fileprivate var dispatchInterval: DispatchTimeInterval {
        let longest = Int.max / 1_000_000_000 / 2
        let seconds = max(0, min(Int(clamping: self.components.seconds), longest))
        return .nanoseconds(seconds * 1_000_000_000 + Int(max(0, self.components.attoseconds) / 1_000_000_000))
    }
}
