import Glibc
import Testing

@testable import DistributedCron

@Suite(.timeLimit(.minutes(5))) struct ProcessExecutorResourceTests {
    @Test("Attempts leave no descriptor open and no zombie behind, however they end")
    func leaks() async {
        // In a process of its own, where nobody else opens files or starts processes.
        await #expect(processExitsWith: .success) {
            let fixture = try ExecutionFixture()
            let script = try fixture.artifacts.put(Array("#!/bin/sh\necho x\n".utf8))
            let binary = try fixture.artifacts.put(contents(of: "/bin/true"))
            let broken = try fixture.artifacts.put(Array("#!/no/such\n".utf8))
            func round(_ number: Int) async {
                switch number % 6 {
                case 0: _ = await fixture.run(.script(script))
                case 1: _ = await fixture.run(.binary(binary))
                case 2: _ = await fixture.run(.script(broken))
                case 3: _ = await fixture.run("sleep 60 & exit 1")
                case 4:
                    _ = await fixture.executor.execute(
                        ExecutionFixture.order(.command("sleep 60 | sleep 60"), timeout: .milliseconds(5))
                    )
                default: _ = await fixture.run("echo a; echo b >&2")
                }
            }
            for number in 0..<6 { await round(number) }
            let before = try openFiles()
            for number in 0..<200 { await round(number) }
            let after = try openFiles()
            #expect(after == before)
            let own = "\(getpid())"
            let children = try entries(of: "/proc").filter { name in
                guard pid_t(name) != nil, let stat = try? text(of: "/proc/\(name)/stat") else { return false }
                return stat.split(separator: ") ").last?.split(separator: " ").dropFirst().first.map(String.init) == own
            }
            #expect(children == [])
        }
    }

    @Test("Sixty-four attempts at once all run, each with its own output and directory")
    func concurrency() async throws {
        let fixture = try ExecutionFixture()
        let results = await withTaskGroup(of: (Int, AttemptReport).self) { group in
            for number in 0..<64 {
                group.addTask { (number, await fixture.run("touch mine; ls | wc -l; echo \(number); exit \(number)")) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(results.count == 64)
        for (number, report) in results {
            #expect(report.outcome == .exited(Int32(number)))
            #expect(report.text() == "1\n\(number)\n")
        }
    }

    @Test("A spawn that copied the descriptor of a program being written does not fail the program's attempt")
    func busyPrograms() async throws {
        let fixture = try ExecutionFixture()
        let bytes = try contents(of: "/bin/true")
        let outcomes = try await withThrowingTaskGroup(of: AttemptOutcome.self) { group in
            for number in 0..<64 {
                let artifact = try fixture.artifacts.put(bytes + Array("\(number)".utf8))
                group.addTask { await fixture.run(.binary(artifact)).outcome }
                group.addTask {
                    await fixture.run(.script(try fixture.artifacts.put(Array("true \(number)".utf8)))).outcome
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(outcomes == [.exited(0)])
    }
}

/// What this process has open, but for the timers that Dispatch opens when it first needs them.
private func openFiles() throws -> [String] {
    try entries(of: "/proc/self/fd").compactMap { name in
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/fd/\(name)", &target, target.count)
        // The descriptors that did the listing are closed by now.
        guard length > 0 else { return nil }
        let path = String(decoding: target.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path == "anon_inode:[timerfd]" ? nil : path
    }.sorted()
}
