import DistributedCronProcess
import Testing

@testable import distcron

/// Lines of crontabs, taken apart.
struct CrontabLineTests {
    @Test(
        "A schedule and a command are told apart",
        arguments: [
            ("4 * * * * ls -la", "4 * * * *", "ls -la"), ("  4\t*  * * *  ls", "4\t*  * * *", "ls"),
            ("@daily backup", "@daily", "backup"), ("@every 5m poll now", "@every 5m", "poll now"),
            ("0 1 * * * date +\\%F", "0 1 * * *", "date +%F"),
        ]
    )
    func parts(line: String, schedule: String, command: String) throws {
        let entry = try CrontabLine(line)
        #expect(entry.schedule == schedule)
        #expect(entry.command == command)
    }

    @Test("With seconds the schedule has six fields")
    func seconds() throws {
        #expect(try CrontabLine("0 4 * * * * ls", seconds: true).command == "ls")
    }

    @Test(
        "A line without a command, or with standard input, is refused",
        arguments: ["4 * * * *", "", "@daily", "4 * * * * a%b"]
    )
    func refused(line: String) {
        let failure = #expect(throws: Failure.self) { try CrontabLine(line) }
        #expect(failure?.code == .badData)
    }

    @Test("Words are quoted for a shell only where it needs that")
    func quoting() {
        #expect("nightly-dump.1".shellQuoted == "nightly-dump.1")
        #expect("1 * * * *".shellQuoted == "'1 * * * *'")
        #expect("it's".shellQuoted == #"'it'\''s'"#)
        #expect("".shellQuoted == "''")
    }
}
