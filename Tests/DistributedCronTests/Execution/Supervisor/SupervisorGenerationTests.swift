import DistributedCronTesting
import Glibc
import Logging
import Testing

@testable import DistributedCron

/// An executor that counts how many times it was asked to look for what the dead have left.
private final class CountingExecutor: AttemptExecutor {
    private let looks = AsyncStream.makeStream(of: Void.self)

    /// Waits until it looks once more.
    func nextLook() async {
        for await _ in self.looks.stream { return }
    }

    func prepare() async throws { self.looks.continuation.yield() }

    func execute(_ order: AttemptOrder, output: AttemptOutput) async -> AttemptReport {
        AttemptReport(outcome: .exited(0), startedAt: nil, finishedAt: SystemWallClock().now)
    }
}

/// Which supervisors serve a worker that was restarted, and what becomes of the others.
@Suite(.timeLimit(.minutes(5))) struct SupervisorGenerationTests {
    private let place: TemporaryDirectory
    private var path: String { "\(self.place.path)/supervisor" }

    init() throws { self.place = try TemporaryDirectory() }

    private func program(_ name: String, text: String) throws -> Descriptor {
        let directory = try Descriptor.openDirectory(self.place.path)
        let file = try Descriptor.open(name, in: directory, O_RDWR | O_CREAT, mode: 0o700)
        try Array(text.utf8).withUnsafeBytes { try file.write($0) }
        return file
    }

    private func name(_ program: borrowing Descriptor, _ words: [String]) throws -> String {
        try SupervisorGeneration(of: program, command: words).name
    }

    /// A worker that was told something else, or is of another release, must not be served by what its predecessor started.
    @Test("The generation is another with every word, and with every executable")
    func isOfAllThatCounts() throws {
        let first = try self.program("first", text: "one")
        let second = try self.program("second", text: "one")
        let words = ["supervise", "--runs", "/a", "--artifacts", "/b"]
        let name = try self.name(first, words)
        let same = try self.name(first, words)
        let others = [
            try self.name(second, words),
            try self.name(first, ["supervise", "--runs", "/a", "--artifacts", "/c"]),
            try self.name(first, ["supervise", "--runs", "/a--artifacts", "/b"]),
        ]
        #expect(name == same)
        #expect(name.count == 16)
        #expect(Set(others + [name]).count == 4)
    }

    /// Each of the two has to keep out its own kind alone, or the next worker would wait for the last one's attempts.
    @Test("Supervisors of two generations have a lock and a socket each")
    func areApart() throws {
        let directory = try SupervisorDirectory(path: self.path)
        guard let old = try directory.lock("old"), let new = try directory.lock("new") else {
            Issue.record("one keeps the other out")
            return
        }
        if let again = try directory.lock("old") {
            Issue.record("two hold the lock of one generation")
            withExtendedLifetime(again) {}
        }
        let listener = try directory.listen("old")
        if let stranger = try directory.connect("new") {
            Issue.record("the older one is found by the newer worker")
            withExtendedLifetime(stranger) {}
        }
        let others = directory.others(than: "new")
        #expect(others == ["old"])
        withExtendedLifetime(listener) {}
        withExtendedLifetime(old) {}
        withExtendedLifetime(new) {}
    }

    /// A lock that was removed keeps nobody out: two supervisors of a generation would each end what the other runs.
    @Test("What a dead supervisor left of itself is removed, and its lock made anew by the next")
    func removesTheDead() throws {
        let directory = try SupervisorDirectory(path: self.path)
        do {
            let dead = try directory.lock("old")
            withExtendedLifetime(dead) {}
        }
        let others = directory.others(than: "new")
        #expect(others == [])
        #expect(try entries(of: self.path) == [])
        guard let next = try directory.lock("old") else {
            Issue.record("nobody holds it")
            return
        }
        if let second = try directory.lock("old") {
            Issue.record("two hold the lock of one generation")
            withExtendedLifetime(second) {}
        }
        withExtendedLifetime(next) {}
    }

    /// What it ran would go on for ever: its worker is gone, and nobody else looks.
    @Test("What a supervisor of another generation leaves that dies beside a new one is looked for")
    func seesToWhatOthersLeave() async throws {
        let directory = try SupervisorDirectory(path: self.path)
        let executor = CountingExecutor()
        let clock = ManualClock()
        let supervisor = Supervisor(
            directory: self.path,
            generation: "new",
            executor: executor,
            clock: clock,
            logger: SupervisorFixture.logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            do {
                let old = try directory.lock("old")
                group.addTask { try await supervisor.run() }
                await executor.nextLook()
                // The one that waits for workers, and the one that waits for the other to end.
                try await clock.waitForSleepers(2)
                clock.advance(by: .seconds(1))
                try await clock.waitForSleepers(2)
                withExtendedLifetime(old) {}
            }
            clock.advance(by: .seconds(1))
            await executor.nextLook()
            group.cancelAll()
        }
    }

    /// Whoever finds in the log that orders do not come through has to see why.
    @Test("A message that cannot be read ends the connection")
    func refusesWhatItCannotRead() async throws {
        var ends: [Int32] = [-1, -1]
        let result = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        try #require(result == 0)
        let connection = SupervisorConnection(Descriptor(owning: ends[0]), logger: SupervisorFixture.logger)
        let other = Descriptor(owning: ends[1])
        // A message of one byte, which is none.
        let message: [UInt8] = [1, 0, 0, 0, 99]
        try message.withUnsafeBytes { try other.write($0) }
        for await _ in connection.messages() { Issue.record("it was read") }
    }
}
