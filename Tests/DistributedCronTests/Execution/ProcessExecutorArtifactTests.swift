import Glibc
import Testing

@testable import DistributedCron

@Suite(.timeLimit(.minutes(5))) struct ProcessExecutorArtifactTests {
    @Test("A script runs by its #! line, which may name any interpreter with an argument")
    func scriptWithInterpreter() async throws {
        let fixture = try ExecutionFixture()
        let shell = try fixture.artifacts.put(Array("#!/bin/sh -e\necho hello; false; echo no\n".utf8))
        let report = await fixture.run(.script(shell))
        #expect(report.outcome == .exited(1))
        #expect(report.text() == "hello\n")
        let echo = try fixture.artifacts.put(Array("#!/bin/echo said\n".utf8))
        #expect(await fixture.run(.script(echo)).text().hasPrefix("said /"))
    }

    @Test("A script without a #! line is the shell's; an empty one succeeds")
    func scriptWithoutInterpreter() async throws {
        let fixture = try ExecutionFixture()
        let script = try fixture.artifacts.put(Array("echo plain; ls -A | wc -l; exit 4".utf8))
        let report = await fixture.run(.script(script))
        #expect(report.outcome == .exited(4))
        #expect(report.text() == "plain\n0\n")
        #expect(await fixture.run(.script(try fixture.artifacts.put([]))).outcome == .exited(0))
    }

    @Test("A binary runs, and has no descriptor of itself open")
    func binary() async throws {
        let fixture = try ExecutionFixture()
        let list = try fixture.artifacts.put(contents(of: "/bin/true"))
        #expect(await fixture.run(.binary(list)).outcome == .exited(0))
        let env = try fixture.artifacts.put(contents(of: "/usr/bin/env"))
        #expect(await fixture.run(.binary(env)).text().contains("DISTCRON_FENCE=65538\n"))
        #expect(await fixture.run(.binary(list)).outcome == .exited(0))
        #expect(fixture.artifacts.reads == 2)
    }

    @Test("What cannot be run is refused with a reason for people")
    func reasons() async throws {
        let fixture = try ExecutionFixture()
        func reason(_ text: String, isScript: Bool = false) async throws -> String {
            let artifact = try fixture.artifacts.put(Array(text.utf8))
            return try #require(await fixture.run(isScript ? .script(artifact) : .binary(artifact)).reason)
        }
        #expect(try await reason("") == "the binary is empty")
        #expect(try await reason("MZ not for here") == "the binary is not in a format that this node can run")
        #expect(
            try await reason("#!/no/such -x\n", isScript: true)
                == "the interpreter \"/no/such\" of the #! line does not exist on this node"
        )
        #expect(try await reason("#!/bin/sh\r\necho\r\n").contains("\"/bin/sh\\r\""))
        #expect(try await reason("#!/etc/passwd\n").contains("may not be executed"))
    }

    @Test("A missing artifact is an attempt that never began")
    func missing() async throws {
        let fixture = try ExecutionFixture()
        let artifact = try fixture.artifacts.put(Array("true".utf8))
        try await fixture.artifacts.remove(artifact.digest)
        let report = await fixture.run(.script(artifact))
        #expect(report.reason?.hasSuffix("no such artifact") == true)
        #expect(report.startedAt == nil)
        #expect(try entries(of: "\(fixture.directory)/artifacts") == [])
        #expect(try entries(of: "\(fixture.directory)/work/0") == [])
    }

    @Test("Bytes that the store got wrong are neither executed nor kept")
    func corruptInStore() async throws {
        let fixture = try ExecutionFixture()
        let artifact = try fixture.artifacts.put(Array("echo evil".utf8), named: Array("echo good".utf8))
        let report = await fixture.run(.script(artifact))
        #expect(report.reason?.contains("corrupt in the store") == true)
        #expect(report.text() == "")
        #expect(try entries(of: "\(fixture.directory)/artifacts") == [])
    }

    @Test("A cached file that was tampered with is never executed, but fetched again", arguments: [true, false])
    func tampered(isScript: Bool) async throws {
        let fixture = try ExecutionFixture()
        let good = isScript ? Array("#!/bin/echo good\n".utf8) : try contents(of: "/bin/true")
        let evil = isScript ? Array("#!/bin/echo evil\n".utf8) : try contents(of: "/bin/false")
        let artifact = try fixture.artifacts.put(good)
        let executable: Executable = isScript ? .script(artifact) : .binary(artifact)
        let first = await fixture.run(executable)
        #expect(first.outcome == .exited(0))
        let path = "\(fixture.directory)/artifacts/\(artifact.digest.hexadecimal)"
        try overwrite(path, with: evil)
        let second = await fixture.run(executable)
        #expect(second.outcome == .exited(0))
        #expect(!second.text().contains("evil"))
        #expect(fixture.artifacts.reads == 2)
        #expect(try contents(of: path) == good)
        // With nothing to fetch it from, it is not run at all.
        try overwrite(path, with: evil)
        try await fixture.artifacts.remove(artifact.digest)
        #expect(await fixture.run(executable).reason != nil)
    }

    @Test("A link in the cache is not followed, and the file behind it is left alone")
    func link() async throws {
        let fixture = try ExecutionFixture()
        let artifact = try fixture.artifacts.put(Array("echo good".utf8))
        try await fixture.executor.prepare()
        mkdir("\(fixture.directory)/artifacts", 0o700)
        let target = "\(fixture.directory)/target"
        close(open(target, O_CREAT | O_WRONLY, 0o600))
        symlink(target, "\(fixture.directory)/artifacts/\(artifact.digest.hexadecimal)")
        #expect(await fixture.run(.script(artifact)).text() == "good\n")
        #expect(access(target, F_OK) == 0)
    }

    @Test("Attempts that need the same artifact at once fetch it once")
    func coalescing() async throws {
        let fixture = try ExecutionFixture()
        let artifact = try fixture.artifacts.put(contents(of: "/bin/true"))
        let outcomes = await withTaskGroup(of: AttemptOutcome.self) { group in
            for _ in 0..<32 { group.addTask { await fixture.run(.binary(artifact)).outcome } }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(outcomes == [.exited(0)])
        #expect(fixture.artifacts.reads == 1)
    }

    private func overwrite(_ path: String, with bytes: [UInt8]) throws {
        chmod(path, 0o700)
        let number = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
        guard number >= 0 else { throw SystemError(doing: "open \(path)") }
        let file = Descriptor(owning: number)
        try bytes.withUnsafeBytes { try file.write($0) }
    }
}
