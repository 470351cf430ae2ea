import Glibc
import Logging
import Testing

@testable import DistributedCron

@Suite("After the death of an executor", .timeLimit(.minutes(5))) struct RecoveryTests {
    private func prepare(_ instance: DeadInstance) async throws {
        let executor = ProcessExecutor(
            artifacts: InMemoryArtifactStore(),
            directory: instance.state.path,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await executor.prepare()
    }

    /// Waits until a job has written the number of a process, whose life the test watches.
    private func process(in file: String, after bell: JobBell) async throws -> pid_t {
        try await bell.heard()
        return try #require(pid_t(text(of: file).filter(\.isNumber)))
    }

    @Test("What is left of a recorded session is asked to end, then made to, and is gone before the next begins")
    func session() async throws {
        let instance = try DeadInstance()
        let (bell, files) = (try JobBell(in: instance.state.path), try TemporaryDirectory())
        let stray = try Stray(
            """
            (trap '' TERM; echo $$ > /dev/null; sleep 600; sleep 600) & echo $! > \(files.path)/child
            trap 'touch \(files.path)/asked; exit 0' TERM
            \(bell.ring); while :; do sleep 0.05; done
            """
        )
        let child = try await self.process(in: "\(files.path)/child", after: bell)
        try instance.record(
            place: 0,
            killGrace: .milliseconds(300),
            process: .init(boot: instance.boot, number: stray.process, startTime: stray.startTime)
        )
        try await self.prepare(instance)
        #expect(stray.hasEnded)
        #expect(access("\(files.path)/asked", F_OK) == 0, "it was asked before it was made to")
        #expect(ProcessStatus(of: child)?.isAlive != true, "what ignored the question was killed")
        #expect(instance.isGone)
    }

    @Test("A process that has the recorded number and another start time is a stranger")
    func reusedNumber() async throws {
        let instance = try DeadInstance()
        let stray = try Stray("exec sleep 600", environment: instance.marks(place: 0))
        try instance.record(
            place: 0,
            process: .init(boot: instance.boot, number: stray.process, startTime: stray.startTime - 1)
        )
        try await self.prepare(instance)
        #expect(!stray.hasEnded)
        #expect(instance.isGone)
    }

    @Test("A record from before the machine started means nothing")
    func otherBoot() async throws {
        let instance = try DeadInstance()
        let stray = try Stray("exec sleep 600", environment: instance.marks(place: 0))
        try instance.record(
            place: 0,
            process: .init(
                boot: "00000000-0000-0000-0000-000000000000",
                number: stray.process,
                startTime: stray.startTime
            )
        )
        try await self.prepare(instance)
        #expect(!stray.hasEnded)
        #expect(instance.isGone)
    }

    @Test("A process whose number was not written down yet is found by what it was started with")
    func unrecorded() async throws {
        let instance = try DeadInstance()
        let stray = try Stray("exec sleep 600", environment: instance.marks(place: 0))
        let others = [
            try Stray("exec sleep 600", environment: instance.marks(place: 1)),
            try Stray("exec sleep 600", environment: instance.marks(place: 0, attempt: 2)),
            try Stray("exec sleep 600"),
        ]
        try instance.record(place: 0)
        try await self.prepare(instance)
        #expect(stray.hasEnded)
        #expect(!others.contains { $0.hasEnded })
        #expect(instance.isGone)
    }

    @Test("What has outlived the leader of a recorded session is found and ended", arguments: [true, false])
    func orphan(isOurs: Bool) async throws {
        let instance = try DeadInstance()
        let (bell, files) = (try JobBell(in: instance.state.path), try TemporaryDirectory())
        let stray = try Stray(
            "sleep 600 & echo $! > \(files.path)/child; \(bell.ring)",
            environment: isOurs ? instance.marks(place: 0) : [:]
        )
        let child = try await self.process(in: "\(files.path)/child", after: bell)
        defer { kill(child, SIGKILL) }
        stray.reap()
        try instance.record(
            place: 0,
            process: .init(boot: instance.boot, number: stray.process, startTime: stray.startTime)
        )
        try await self.prepare(instance)
        // A session without its leader and without the attempt's variables may be anybody's.
        #expect((ProcessStatus(of: child)?.isAlive == true) == !isOurs)
        #expect(instance.isGone)
    }

    @Test("While an attempt runs, its process is on record; afterwards nothing is")
    func record() async throws {
        let fixture = try ExecutionFixture()
        let command =
            "while ! readlink $DISTCRON_DIR.process; do sleep 0.01; done; readlink $DISTCRON_DIR.intent; cat /proc/$$/stat"
        let order = ExecutionFixture.order(.command(command), killGrace: .milliseconds(1_500))
        let lines = await fixture.run(order).text().split(separator: "\n").map(String.init)
        try #require(lines.count == 3)
        let process = try #require(AttemptRecord.Process(lines[0]))
        #expect(process.boot == ProcessStatus.bootIdentity())
        #expect(lines[2].hasPrefix("\(process.number) "))
        #expect(lines[2].split(separator: ") ").last?.split(separator: " ")[19] == "\(process.startTime)")
        #expect(
            AttemptRecord.Intent(lines[1])
                == .init(run: "\(order.run)", attempt: 2, killGrace: .milliseconds(1_500))
        )
        #expect(try entries(of: "\(fixture.directory)/work/0") == [])
    }

    @Test("What a living executor runs is left alone by another one on the same directory")
    func livingExecutor() async throws {
        let fixture = try ExecutionFixture()
        let bell = try JobBell(in: fixture.directory)
        let order = ExecutionFixture.order(.command("\(bell.ring); while ! test -e go; do sleep 0.02; done; exit 9"))
        let outcome = try await withThrowingTaskGroup(of: AttemptOutcome.self) { group in
            group.addTask { await fixture.run(order).outcome }
            try await bell.heard()
            let second = ProcessExecutor(
                artifacts: fixture.artifacts,
                directory: fixture.directory,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try await second.prepare()
            close(open("\(fixture.directory)/work/0/0/go", O_CREAT | O_WRONLY, 0o600))
            return try await group.next()
        }
        #expect(outcome == .exited(9))
    }
}
