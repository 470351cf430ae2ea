import ArgumentParser
import DistributedCron
import DistributedCronProcess
import NIOHTTP1
import Testing

@testable import distcron

/// How failures read, and which exit codes they have.
struct FailureTests {
    @Test("A bad schedule is shown with a caret and the expression that was probably meant")
    func caret() throws {
        let failure = try #require(Failure(schedule: "61 * * * *", seconds: false))
        #expect(
            failure.text == """
                error: the schedule is not valid
                  61 * * * *
                  ^^ minute 61 is outside 0-59
                help: distcron explain '1 * * * *'

                """
        )
        #expect(failure.exitCode.rawValue == 65)
        #expect(Failure(schedule: "@every 5m", seconds: false) == nil)
        #expect(Failure(schedule: "H * * * *", seconds: false) == nil)
    }

    @Test(
        "What a server answers has the exit code that sysexits.h has for it",
        arguments: [
            (400, 65), (401, 77), (403, 77), (404, 3), (409, 73), (412, 75), (413, 65), (415, 78), (421, 78), (422, 65),
            (429, 75),
            (500, 70), (503, 75), (302, 1),
        ]
    )
    func codes(status: Int, code: Int32) {
        let answer = APIClient.Answer(status: status, headers: [:], body: [])
        #expect(Failure(answer).exitCode.rawValue == code)
    }

    @Test("A command that is none leads to the one that was probably meant")
    func command() {
        #expect(Failure.command(in: ["distcron", "lst"]) == "did you mean distcron list?")
        #expect(Failure.command(in: ["distcron", "list", "--nonsense"]) == nil)
        #expect(Failure.command(in: ["distcron", "--nonsense"]) == nil)
        #expect(Failure.command(in: ["distcron"]) == nil)
    }

    @Test("A problem document is told in full: its title, and every error")
    func problem() {
        let body = """
            {"title":"The request is not valid","detail":"type is missing","errors":[{"message":"type is missing"},
             {"message":"name is empty"}]}
            """
        let failure = Failure(APIClient.Answer(status: 422, headers: [:], body: Array(body.utf8)))
        #expect(failure.text == "error: the request is not valid: type is missing\n       name is empty\n")
    }

    #if HTTP && MariaDB && ZooKeeper
    /// Whoever reads why a worker was restarted has to find the disk.
    @Test("A worker whose journal has failed says where, and why")
    func journal() {
        let reason = "/srv/journal: the journal could not be written: cannot sync the journal: Input/output error"
        let failure = Failure(role: JournalError(.failed, message: reason))
        #expect(failure?.message == reason)
        #expect(failure?.exitCode.rawValue == 1)
    }
    #endif
}
