import FoundationEssentials
import Glibc
import Logging
import Testing

@testable import DistributedCron

@Suite(.timeLimit(.minutes(5))) struct ProcessExecutorTests {
    @Test("Exit codes reach the report unchanged", arguments: [0, 1, 42, 255] as [Int32])
    func exitCode(code: Int32) async throws {
        let report = try await ExecutionFixture().run("exit \(code)")
        #expect(report.outcome == .exited(code))
        let startedAt = try #require(report.startedAt)
        #expect(startedAt <= report.finishedAt)
    }

    @Test("A signal that ends the process is told from an exit code", arguments: [SIGKILL, SIGSEGV, SIGPIPE, SIGTERM])
    func signal(number: Int32) async throws {
        #expect(try await ExecutionFixture().run("kill -\(number) $$").outcome == .signaled(number))
    }

    @Test("Both streams are kept apart, and in the order in which they came")
    func output() async throws {
        let report = try await ExecutionFixture().run("echo one; sleep 0.2; echo two >&2; sleep 0.2; echo three")
        #expect(report.text(.stdout) == "one\nthree\n")
        #expect(report.text(.stderr) == "two\n")
        #expect(report.text() == "one\ntwo\nthree\n")
    }

    @Test("A job that writes more than is kept is not blocked: the end is kept, the rest is counted")
    func longOutput() async throws {
        let report = try await ExecutionFixture(outputLimit: 10_000)
            .run("head -c 5000000 /dev/zero; echo; echo last; head -c 3000000 /dev/zero >&2; echo very last >&2")
        #expect(report.outcome == .exited(0))
        #expect(report.output.count == 10_000)
        #expect(report.output.droppedBytes == 5_000_006 + 3_000_010 - 10_000)
        #expect(report.text(.stderr).hasSuffix("very last\n"))
    }

    @Test("The environment is exactly what is promised: nothing of this process gets into a job")
    func environment() async throws {
        setenv("LD_LIBRARY_PATH", "/nowhere", 1)
        let fixture = try ExecutionFixture(environment: ["PATH": "/bin", "GREETING": "a=b\nc", "DISTCRON_FENCE": "0"])
        let order = ExecutionFixture.order(.command("cat /proc/$$/environ"))
        let report = await fixture.executor.execute(order)
        let variables = report.text().split(separator: "\0").map(String.init)
        #expect(
            Set(variables) == [
                "PATH=/bin", "GREETING=a=b\nc", "DISTCRON_JOB_ID=\(order.run.job)", "DISTCRON_RUN_ID=\(order.run)",
                "DISTCRON_SCHEDULED_AT=2023-11-14T22:13:20Z", "DISTCRON_ATTEMPT=2", "DISTCRON_FENCE=65538",
                "DISTCRON_TRIGGER=\(order.run.trigger.kind)", "DISTCRON_DIR=\(fixture.directory)/work/0/0",
            ]
        )
        #expect(variables.count == 9)
    }

    @Test("The default environment names the user and nothing but the user")
    func cleanEnvironment() throws {
        let environment = ProcessExecutor.cleanEnvironment()
        #expect(environment.keys.sorted() == ["HOME", "LANG", "LOGNAME", "PATH", "SHELL", "USER"])
        let user = try #require(getpwuid(geteuid())?.pointee)
        #expect(environment["USER"] == String(cString: user.pw_name))
        #expect(environment["HOME"] == String(cString: user.pw_dir))
        #expect(environment["PATH"] == "/usr/local/bin:/usr/bin:/bin")
    }

    @Test("A job has three descriptors, whatever this process left open for inheritance")
    func descriptors() async throws {
        // Without close-on-exec, as C libraries open their sockets.
        let leak = open("/etc/passwd", O_RDONLY)
        defer { close(leak) }
        let report = try await ExecutionFixture().run(
            "for n in 0 1 2; do readlink /proc/$$/fd/$n; done; ls /proc/$$/fd"
        )
        let lines = report.text().split(separator: "\n")
        #expect(lines.first == "/dev/null")
        #expect(lines.dropFirst().prefix(2).allSatisfy { $0.hasPrefix("pipe:") })
        #expect(lines.suffix(from: 3) == ["0", "1", "2"])
    }

    @Test("A job leads a session and a process group of its own, without a terminal")
    func session() async throws {
        let report = try await ExecutionFixture().run("echo $$; cat /proc/$$/stat")
        let lines = report.text().split(separator: "\n")
        let fields = try #require(lines.last?.split(separator: ") ").last).split(separator: " ")
        #expect(fields[2] == lines.first)
        #expect(fields[3] == lines.first)
        #expect(fields[4] == "0")
    }

    @Test("A job starts with no blocked and no ignored signal, though this process ignores SIGPIPE")
    func signals() async throws {
        let old = Glibc.signal(SIGPIPE, SIG_IGN)
        defer { Glibc.signal(SIGPIPE, old) }
        let report = try await ExecutionFixture().run("grep -E '^Sig(Blk|Ign)|^Umask' /proc/self/status")
        #expect(report.text() == "Umask:\t0022\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")
    }

    @Test("The working directory is empty, private, and gone afterwards with everything that was put into it")
    func workingDirectory() async throws {
        let fixture = try ExecutionFixture()
        let outside = "\(fixture.directory)/precious"
        close(open(outside, O_CREAT | O_WRONLY, 0o600))
        let report = await fixture.run(
            """
            pwd; stat -c %a .; ls -A | wc -l
            mkdir -p a/b/c; touch a/b/c/d .hidden; ln -s \(outside) link; ln -s \(fixture.directory) a/b/link
            printf x > "$(printf 'not\\377utf8')"; mkdir closed; touch closed/file; chmod 0 closed a/b
            """
        )
        let lines = report.text().split(separator: "\n")
        #expect(lines.dropFirst() == ["700", "0"])
        let path = try #require(lines.first.map(String.init))
        #expect(path.hasPrefix("\(fixture.directory)/work/"))
        #expect(access(path, F_OK) == -1)
        #expect(access(outside, F_OK) == 0)
        #expect(try entries(of: "\(fixture.directory)/work/0") == [])
    }

    @Test("A directory that a job nested two thousand deep is removed without running out of anything")
    func deepDirectory() async throws {
        let fixture = try ExecutionFixture()
        let script = #"perl -e 'for (1..2000) { mkdir "directory" and chdir "directory" or exit 1 }'"#
        #expect(await fixture.run(script).outcome == .exited(0))
        #expect(try entries(of: "\(fixture.directory)/work/0") == [])
    }

    @Test("What a dead executor left behind is removed, what a living one uses is not")
    func leftovers() async throws {
        let fixture = try ExecutionFixture()
        try await fixture.executor.prepare()
        mkdir("\(fixture.directory)/work/7", 0o700)
        mkdir("\(fixture.directory)/work/7/left", 0o700)
        let second = ProcessExecutor(
            artifacts: fixture.artifacts,
            directory: fixture.directory,
            logger: .init(label: "test")
        )
        try await second.prepare()
        #expect(try entries(of: "\(fixture.directory)/work").sorted() == ["0", "1"])
        #expect(await fixture.run("exit 0").outcome == .exited(0))
    }

    @Test("A command is one text for the shell, whatever it looks like")
    func commandText() async throws {
        let fixture = try ExecutionFixture()
        #expect(await fixture.run("echo 'a  %b'\necho \"$0\"").text() == "a  %b\n/bin/sh\n")
        #expect(await fixture.run("-x; true").outcome == .exited(0))
        #expect(await fixture.run("").outcome == .exited(0))
    }

    @Test("What the kernel cannot be told is refused with a reason, and nothing is started")
    func refusals() async throws {
        let fixture = try ExecutionFixture()
        let null = await fixture.run("echo a\0b")
        #expect(null.reason == "the command holds a NUL character")
        #expect(null.startedAt == nil)
        #expect(await fixture.run(String(repeating: "x", count: 200_000)).reason?.contains("longer") == true)
        #expect(try await ExecutionFixture(environment: ["A": "a\0b"]).run("true").reason != nil)
        let nowhere = ProcessExecutor(artifacts: fixture.artifacts, directory: "/no/such", logger: .init(label: "test"))
        let report = await nowhere.execute(ExecutionFixture.order(.command("true")))
        #expect(report.reason == "cannot make the directory /no/such: No such file or directory")
    }
}
