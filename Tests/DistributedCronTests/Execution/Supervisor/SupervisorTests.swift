import DistributedCronTesting
import Glibc
import Logging
import Testing

@testable import DistributedCron

/// What a supervisor does for workers that cannot do it themselves.
@Suite(.timeLimit(.minutes(5))) struct SupervisorTests {
    @Test("What must not outlive the lease is ended although its worker says nothing, and what may goes on")
    func endsWithTheLease() async throws {
        try await SupervisorFixture.with { fixture in
            fixture.executor.renewLease(.milliseconds(500))
            let stubborn = ExecutionFixture.order(.command("trap '' TERM; sleep 60 & sleep 60"))
            var patient = ExecutionFixture.order(.command("sleep 1; echo done"))
            patient.onLapse = .finish
            // What must not start twice is not spared either, if it is to stop.
            var single = ExecutionFixture.order(.command("sleep 60"))
            single.onLapse = .stop
            single.mayRepeat = false
            async let ended = fixture.executor.execute(stubborn)
            async let endedOnce = fixture.executor.execute(single)
            async let finished = fixture.executor.execute(patient)
            #expect(await ended.outcome == .cancelled)
            #expect(await endedOnce.outcome == .cancelled)
            #expect(ExecutionFixture.survivors(of: stubborn) == [])
            #expect(ExecutionFixture.survivors(of: single) == [])
            #expect(await finished.outcome == .exited(0))
            #expect(await finished.text() == "done\n")
        }
    }

    @Test("A lease that is renewed moves the end, and one that is revoked is the end")
    func followsTheLease() async throws {
        try await SupervisorFixture.with { fixture in
            fixture.executor.renewLease(.milliseconds(300))
            let bell = try JobBell(in: fixture.directory)
            let order = ExecutionFixture.order(.command("sleep 0.8; \(bell.ring); sleep 60"))
            async let report = fixture.executor.execute(order)
            fixture.executor.renewLease(.seconds(600))
            // Long after the first lease would have ended.
            try await bell.heard()
            fixture.executor.renewLease(.zero)
            #expect(await report.outcome == .cancelled)
            #expect(ExecutionFixture.survivors(of: order) == [])
        }
    }

    @Test("What goes on in an outage lives by the later of two leases, and the rest by the session's")
    func livesByTwoLeases() async throws {
        try await SupervisorFixture.with { fixture in
            fixture.executor.renewLease { $0 == .hold ? .milliseconds(300) : .seconds(600) }
            let holding = ExecutionFixture.order(.command("sleep 60"))
            var ongoing = ExecutionFixture.order(.command("sleep 1; echo done"))
            ongoing.onOutage = .lease
            async let ended = fixture.executor.execute(holding)
            async let finished = fixture.executor.execute(ongoing)
            let (hold, lease) = (await ended, await finished)
            #expect(hold.outcome == .cancelled)
            #expect(lease.outcome == .exited(0))
        }
    }

    @Test("Without a lease nothing goes on")
    func needsALease() async throws {
        try await SupervisorFixture.with { fixture in
            let order = ExecutionFixture.order(.command("sleep 60"))
            #expect(await fixture.executor.execute(order).outcome == .cancelled)
            #expect(ExecutionFixture.survivors(of: order) == [])
        }
    }

    @Test("The attempts of a worker that is gone go on until its lease ends, beside those of the next worker")
    func outlivesTheWorker() async throws {
        try await SupervisorFixture.with { fixture in
            let bell = try JobBell(in: fixture.directory)
            let (process, witness) = ("\(fixture.directory)/process", "\(fixture.directory)/witness")
            let long = ExecutionFixture.order(
                .command("trap '' TERM; echo $$ >\(process); \(bell.ring); sleep 0.5; echo on >\(witness); sleep 60")
            )
            do {
                let gone = fixture.executor(of: "w-gone")
                try await gone.prepare()
                gone.renewLease(.seconds(20))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = await gone.execute(long) }
                    try await bell.heard()
                    // As the kernel does it for a worker that is killed.
                    gone.close()
                }
            }
            fixture.executor.renewLease(.seconds(600))
            // The next worker runs while the first one's attempt does, and longer.
            let wait = "while test -e /proc/$(cat \(process)); do sleep 0.1; done"
            let order = ExecutionFixture.order(.command("\(wait); cat \(witness); echo over"))
            #expect(await fixture.executor.execute(order).text() == "on\nover\n")
            #expect(ExecutionFixture.survivors(of: long) == [])
        }
    }

    @Test(
        "A supervisor that dies is followed by another, and what it ran is over once nothing of it runs",
        arguments: [(true, AttemptOutcome.cancelled), (false, .lost)]
    )
    func reportsWhatIsLost(_ mayRepeat: Bool, _ outcome: AttemptOutcome) async throws {
        let place = try TemporaryDirectory()
        let directory = try SupervisorDirectory(path: "\(place.path)/supervisor")
        let arrivals = SupervisorArrivals(
            try directory.listen(SupervisorFixture.generation),
            logger: SupervisorFixture.logger
        )
        let executor = SupervisorFixture.executor(directory.path, WorkerID(rawValue: "w-1"))
        var order = ExecutionFixture.order(.command("true"))
        order.mayRepeat = mayRepeat
        async let report = executor.execute(order)
        var connections = arrivals.connections.makeAsyncIterator()
        // The first takes the attempt and dies.
        let first = try #require(await connections.next())
        var messages = first.messages().makeAsyncIterator()
        guard case .begin(let worker, _) = await messages.next() else {
            Issue.record("it does not begin")
            return
        }
        #expect(worker == WorkerID(rawValue: "w-1"))
        first.post(.ready)
        #expect(await messages.next() == .execute(1, order))
        first.close()
        // The next says that nothing runs any more.
        let second = try #require(await connections.next())
        second.post(.ready)
        #expect(await report.outcome == outcome)
        second.close()
        arrivals.end()
    }

    @Test("What a worker began over a connection that broke is ended before it is told that it can go on")
    func endsWhatNobodyWaitsFor() async throws {
        try await SupervisorFixture.with { fixture in
            let bell = try JobBell(in: fixture.directory)
            let order = ExecutionFixture.order(.command("trap '' TERM; \(bell.ring); sleep 60"))
            fixture.executor.renewLease(.seconds(600))
            try await fixture.executor.prepare()
            fixture.executor.renewLease(.seconds(600))
            async let report = fixture.executor.execute(order)
            try await bell.heard()
            fixture.executor.disconnect()
            #expect(await report.outcome == .cancelled)
            #expect(ExecutionFixture.survivors(of: order) == [])
            #expect(await fixture.executor.execute(ExecutionFixture.order(.command("echo next"))).text() == "next\n")
        }
    }

    @Test("A second supervisor leaves the directory to the first")
    func servesAlone() async throws {
        try await SupervisorFixture.with { fixture in
            let other = Supervisor(
                directory: fixture.directory,
                generation: SupervisorFixture.generation,
                executor: HandlerExecutor(),
                logger: SupervisorFixture.logger
            )
            try await other.run()
            fixture.executor.renewLease(.seconds(600))
            #expect(await fixture.executor.execute(ExecutionFixture.order(.command("echo one"))).text() == "one\n")
        }
    }

    /// Every session of a worker has an identity of its own: their files would become more and more.
    @Test("A worker's lease is removed when the worker is gone and nothing of it runs any more, and not before")
    func removesTheLease() async throws {
        try await SupervisorFixture.with { fixture in
            let file = "\(fixture.directory)/w-gone\(LeaseFile.suffix)"
            let (bell, gate) = (try JobBell(in: fixture.directory), "\(fixture.directory)/gate")
            try #require(mkfifo(gate, 0o600) == 0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                let gone = fixture.executor(of: "w-gone")
                gone.renewLease(.seconds(600))
                try await gone.prepare()
                #expect(access(file, F_OK) == 0)
                group.addTask {
                    _ = await gone.execute(ExecutionFixture.order(.command("\(bell.ring); read line <\(gate)")))
                }
                try await bell.heard()
                gone.close()
                #expect(access(file, F_OK) == 0)
                // Opening it waits for the attempt, which ends then.
                fixture.executor.renewLease(.seconds(600))
                _ = await fixture.executor.execute(ExecutionFixture.order(.command("echo go >\(gate)")))
            }
            while access(file, F_OK) == 0 { await Task.yield() }
        }
    }

    /// What a worker wrote before it lost its connection may have been removed meanwhile.
    @Test("A worker that comes back writes its lease where the supervisor reads it")
    func comesBack() async throws {
        let place = try TemporaryDirectory()
        let directory = try SupervisorDirectory(path: "\(place.path)/supervisor")
        let arrivals = SupervisorArrivals(
            try directory.listen(SupervisorFixture.generation),
            logger: SupervisorFixture.logger
        )
        let worker = WorkerID(rawValue: "w-1")
        let executor = SupervisorFixture.executor(directory.path, worker)
        executor.renewLease(.seconds(600))
        var connections = arrivals.connections.makeAsyncIterator()
        async let prepared: Void = executor.prepare()
        let first = try #require(await connections.next())
        await first.send(.ready)
        try await prepared
        directory.removeLease(of: worker)
        first.close()
        let second = try #require(await connections.next())
        await second.send(.ready)
        try await executor.prepare()
        let file = try LeaseFile(LeaseFile.name(of: worker), in: directory.descriptor)
        #expect(file.deadline(for: .hold) != nil)
        second.close()
        arrivals.end()
    }

    /// A supervisor that the kernel kills again and again must not keep the node busy with being started.
    @Test("One that dies at once is followed after pauses that grow up to a limit, and one that has served is not")
    func pauses() async throws {
        let place = try TemporaryDirectory()
        let directory = try SupervisorDirectory(path: "\(place.path)/supervisor")
        let arrivals = SupervisorArrivals(
            try directory.listen(SupervisorFixture.generation),
            logger: SupervisorFixture.logger
        )
        let (clock, queue) = (ManualClock(), QueueExecutor(label: "test"))
        let (pauses, continuation) = AsyncStream.makeStream(of: Duration.self)
        let executor = SupervisedExecutor(
            directory: directory.path,
            program: "/bin/false",
            command: ["false"],
            generation: SupervisorFixture.generation,
            worker: WorkerID(rawValue: "w-1"),
            configuration: WorkerConfiguration(),
            clock: clock,
            delay: { pause, work in
                continuation.yield(pause)
                queue.async(work)
            },
            logger: SupervisorFixture.logger
        )
        var connections = arrivals.connections.makeAsyncIterator()
        var told = pauses.makeAsyncIterator()
        async let prepared: Void = executor.prepare()
        for pause in [0, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
            #expect(await told.next() == .milliseconds(pause))
            let connection = try #require(await connections.next())
            await connection.send(.ready)
            try await prepared
            connection.close()
        }
        #expect(await told.next() == .seconds(5))
        let steady = try #require(await connections.next())
        await steady.send(.ready)
        try await executor.prepare()
        clock.advance(by: .seconds(60))
        steady.close()
        #expect(await told.next() == .milliseconds(100))
        arrivals.end()
    }

    /// Whoever can talk to a supervisor can have this user's commands run.
    @Test("A process of another user is not listened to")
    func refusesOtherUsers() async throws {
        let place = try TemporaryDirectory()
        let directory = try SupervisorDirectory(path: "\(place.path)/supervisor")
        let arrivals = SupervisorArrivals(
            try directory.listen(SupervisorFixture.generation),
            of: geteuid() + 1,
            logger: SupervisorFixture.logger
        )
        guard let socket = try directory.connect(SupervisorFixture.generation) else {
            Issue.record("nobody listens")
            return
        }
        let connection = SupervisorConnection(socket, logger: SupervisorFixture.logger)
        #expect(connection.isTrusted())
        #expect(!connection.isTrusted(by: geteuid() + 1))
        // The other side has closed it, having taken it for a stranger's.
        for await _ in connection.messages() { Issue.record("something came") }
        arrivals.end()
        for await _ in arrivals.connections { Issue.record("it was taken") }
    }

    /// Who tells a supervisor to end, as an upgrade of the system does, must neither end what runs nor free it of its lease.
    @Test(
        "A supervisor that is to end begins nothing more, and watches over what runs until that has ended",
        arguments: [true, false]
    )
    func drains(endsWithTheLease: Bool) async throws {
        try await SupervisorFixture.with { fixture in
            fixture.executor.renewLease(.seconds(600))
            let bell = try JobBell(in: fixture.directory)
            let long = ExecutionFixture.order(.command("\(bell.ring); sleep 60"))
            try await withThrowingTaskGroup(of: AttemptReport.self) { group in
                group.addTask { await fixture.executor.execute(long) }
                try await bell.heard()
                fixture.shutDown()
                // Until it has heard of that it begins what it is told to.
                var refused: AttemptReport
                var order: AttemptOrder
                repeat {
                    order = ExecutionFixture.order(.command("true"))
                    order.mayRepeat = false
                    refused = await fixture.executor.execute(order)
                } while refused.outcome == .exited(0)
                #expect(refused.outcome == .notStarted("the node's supervisor is to end"))
                #expect(ExecutionFixture.survivors(of: long) != [])
                if endsWithTheLease { fixture.executor.renewLease(.zero) } else { group.cancelAll() }
                let report = try #require(try await group.next())
                #expect(report.outcome == .cancelled)
            }
            #expect(ExecutionFixture.survivors(of: long) == [])
            await fixture.waitForEnd()
        }
    }

    @Test("Every message is read as it was written")
    func roundTrips() throws {
        var order = ExecutionFixture.order(.command("echo"), timeout: .milliseconds(1_500), environment: ["A": "b"])
        order.workingDirectory = "/tmp"
        order.onLapse = .finish
        order.retry = AttemptRetry(pauseSeconds: 30, latest: .monday(1))
        let report = AttemptReport(
            outcome: .signaled(9),
            startedAt: SystemWallClock().now,
            finishedAt: SystemWallClock().now
        )
        let messages: [SupervisorMessage] = [
            .begin(WorkerID(rawValue: "w"), stopGrace: .milliseconds(2_500)), .ready, .execute(7, order), .cancel(8),
            .kill(order.run), .review, .output(9, .stderr, [0, 255]), .skipped(10, 70_000), .ended(.max, report),
            .refused(11), .left([Attempt(order, by: .one, report: report)]),
            .settled([AttemptKey(run: order.run, number: 2, epoch: Epoch(rawValue: 1))]),
            .running([LeftAttempt(order: order, worker: .two, startedAt: report.finishedAt)]),
            .resume(12, AttemptKey(of: order)),
        ]
        for message in messages { #expect(try SupervisorMessage(message.bytes) == message) }
        #expect(throws: RecordReader.Malformed.self) { try SupervisorMessage([99]) }
        #expect(throws: RecordReader.Malformed.self) { try SupervisorMessage([]) }
    }
}
