import Testing

@testable import DistributedCron

@Suite(.timeLimit(.minutes(5))) struct AttemptEnvironmentTests {
    @Test(
        "A variable's name is a word that changes neither the loader nor the shell",
        arguments: ["A", "_", "a1_B", "LD", "HOME", "ENVIRONMENT", "DISTCRON_URL"]
    )
    func goodName(name: String) {
        #expect(AttemptEnvironment.problem(withName: name) == nil)
    }

    @Test(arguments: [
        "", "1A", "A-B", "A B", "Ä", "A=B", "A\0", "a\n", "LD_PRELOAD", "LD_", "BASH_ENV", "ENV", "IFS", "SHELLOPTS",
        "BASH_FUNC_ls%%", "PS4", "GLIBC_TUNABLES",
    ])
    func badName(name: String) async throws {
        #expect(AttemptEnvironment.problem(withName: name) != nil)
        let order = ExecutionFixture.order(.command("true"), environment: [name: "x"])
        #expect(try await ExecutionFixture().run(order).reason == AttemptEnvironment.problem(withName: name))
    }

    @Test("A value may hold anything but NUL")
    func values() {
        #expect(AttemptEnvironment.problem(with: ["A": "=\n\u{1F600}", "B": ""]) == nil)
        #expect(AttemptEnvironment.problem(with: ["A": "", "B": "x\0"]) == "the variable B holds a NUL character")
    }

    @Test("The job's variables go over the executor's and under the attempt's")
    func order() async throws {
        let fixture = try ExecutionFixture(environment: ["PATH": "/bin", "A": "executor", "B": "executor"])
        let order = ExecutionFixture.order(
            .command("echo $A $B $DISTCRON_FENCE $DISTCRON_DIR"),
            environment: ["B": "job", "DISTCRON_FENCE": "job", "DISTCRON_DIR": "job"]
        )
        #expect(await fixture.run(order).text() == "executor job 65538 \(fixture.directory)/work/0/0\n")
    }

    @Test("A job in a directory of its own choice still has its private one; what it leaves outside stays")
    func workingDirectory() async throws {
        let fixture = try ExecutionFixture()
        let directory = try TemporaryDirectory()
        let order = ExecutionFixture.order(
            .command("touch kept; touch \"$DISTCRON_DIR/gone\"; ls -A \"$DISTCRON_DIR\"; pwd"),
            workingDirectory: directory.path
        )
        let report = await fixture.run(order)
        #expect(report.text() == "gone\n\(directory.path)\n")
        #expect(try entries(of: directory.path) == ["kept"])
        #expect(try entries(of: "\(fixture.directory)/work/0") == [])
    }

    @Test("A directory that cannot be entered is named in the reason")
    func missing() async throws {
        let fixture = try ExecutionFixture()
        let report = await fixture.run(ExecutionFixture.order(.command("true"), workingDirectory: "/no/such"))
        #expect(report.reason == "cannot enter the working directory \"/no/such\": No such file or directory")
    }
}
