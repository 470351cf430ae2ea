import ArgumentParser
import DistributedCronProcess
import Testing

@testable import distcron

/// What `up` lets people choose of where and for how long jobs are kept.
struct StoreOptionTests {
    @Test(
        "A URL, and with it a password, is refused as an argument, and is not repeated",
        arguments: ["--store", "--store-url"]
    )
    func refusesURL(_ option: String) {
        let error = #expect(throws: (any Error).self) {
            try Distcron.parseAsRoot(["up", option, "mariadb://u:sesame@h/d"])
        }
        let failure = error.flatMap { Failure($0) }
        #expect(failure?.code == .usage)
        #expect(failure?.message.contains("DISTCRON_STORE_URL") == true)
        #expect(failure?.text.contains("sesame") == false)
    }

    @Test(
        "What does not go together is refused",
        arguments: [
            (["--store", "postgres"], "directory, memory, mariadb"), (["--store", "mariadb", "--memory"], "--memory"),
            (["--retain-runs", "5m"], "1h or more"), (["--retain-jobs", "59m"], "1h or more"),
        ]
    )
    func refuses(_ arguments: [String], _ part: String) {
        let error = #expect(throws: (any Error).self) { try Distcron.parseAsRoot(["up"] + arguments) }
        let failure = error.flatMap { Failure($0) }
        #expect(failure?.code == .usage)
        #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
    }

    @Test("--memory is --store memory")
    func memory() throws {
        #expect(try StoreOptions.parse(["--memory"]).kind == .memory)
        #expect(try StoreOptions.parse(["--store", "memory", "--memory"]).kind == .memory)
        #expect(try StoreOptions.parse([]).kind == nil)
        #expect(try StoreOptions.parse(["--retain-runs", "7d"]).retainRuns?.seconds == 7 * 86_400)
    }

    @Test("Slots are a power of two", arguments: ["0", "3", "131072"])
    func slots(_ count: String) {
        #expect(throws: (any Error).self) { try Distcron.parseAsRoot(["migrate", "--slots", count]) }
    }

    #if !MariaDB
    @Test(
        "A tool without MariaDB says so, and how to build one with it",
        .enabled(if: Program.path != nil, "the tool is not built"),
        arguments: [["migrate"], ["up", "--store", "mariadb", "--port", "0"]]
    )
    func without(_ arguments: [String]) async throws {
        let result = try await Program.start(arguments).result()
        #expect(result.status == Failure.Code.configuration.rawValue)
        #expect(result.errors.contains("error: this distcron was built without MariaDB\n"))
        #expect(result.errors.contains("swift build --traits HTTP,MariaDB"))
    }
    #endif
}
