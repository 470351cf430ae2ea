import ArgumentParser
import DistributedCronProcess
import Foundation
import Testing

@testable import distcron

/// What a server takes from its environment and its configuration file.
struct SettingsTests {
    private func settings(_ json: String, _ environment: [String: String] = [:]) throws -> Settings {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).json")
        try Data(json.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try Settings(file: file.path, environment: environment)
    }

    private func plan(_ arguments: [String], _ settings: Settings) throws -> StorePlan {
        try StorePlan(try StoreOptions.parse(arguments), settings)
    }

    @Test("Flags count before the environment, that before the file, and that before the defaults")
    func order() throws {
        let json = #"{"store": {"kind": "mariadb", "directory": "f"}, "retention.runs": "7d", "http": {"port": 1}}"#
        let plain = try self.plan([], try self.settings("{}"))
        #expect((plain.kind, plain.directory, plain.runs) == (.directory, "./.distcron", nil))
        let file = try self.plan([], try self.settings(json))
        #expect((file.kind, file.directory, file.runs) == (.mariadb, "f", Span("7d")))
        #expect(file.settings.value(of: .httpPort)?.text == "1")
        let variables = [
            "DISTCRON_STORE_KIND": "memory", "DISTCRON_RETENTION_RUNS": "8d", "DISTCRON_STORE_DIRECTORY": "",
        ]
        let environment = try self.plan([], try self.settings(json, variables))
        #expect((environment.kind, environment.directory, environment.runs) == (.memory, "f", Span("8d")))
        let flags = try self.plan(
            ["--store", "directory", "--data-dir", "a", "--retain-runs", "9d"],
            try self.settings(json, variables)
        )
        #expect((flags.kind, flags.directory, flags.runs) == (.directory, "a", Span("9d")))
    }

    @Test("The file is that of the flag, or the one that the environment names")
    func place() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).json")
        try Data(#"{"store": {"kind": "memory"}}"#.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let named = try Settings(file: nil, environment: ["DISTCRON_CONFIG": file.path])
        #expect(named.value(of: .storeKind) == .init(text: "memory", place: "store.kind in \(file.path)"))
        let variable = try Settings(file: file.path, environment: ["DISTCRON_STORE_KIND": "x"])
        #expect(variable.value(of: .storeKind) == .init(text: "x", place: "DISTCRON_STORE_KIND"))
        #expect(try Settings(file: nil, environment: [:]).value(of: .storeKind) == nil)
    }

    @Test("Every key has its variable, and a URL in the environment is all there is to say of the database")
    func variables() throws {
        #expect(Setting(key: "database.passwordFile")?.variable == "DISTCRON_DATABASE_PASSWORD_FILE")
        let json = #"{"database": {"hosts": "a,b", "pool": 4}, "store": {"kind": "mariadb"}}"#
        let file = try self.settings(json, ["DISTCRON_DATABASE_POOL": "5"]).environment
        #expect(
            file == [
                "DISTCRON_DATABASE_HOSTS": "a,b", "DISTCRON_DATABASE_POOL": "5", "DISTCRON_STORE_KIND": "mariadb",
            ]
        )
        let password = try self.settings(
            #"{"database": {"passwordFile": "f"}}"#,
            ["DISTCRON_DATABASE_PASSWORD": "p", "DISTCRON_CONFIG": ""]
        )
        #expect(password.environment == ["DISTCRON_DATABASE_PASSWORD": "p"])
        let url = try self.settings(json, ["DISTCRON_STORE_URL": "u"]).environment
        #expect(url == ["DISTCRON_STORE_URL": "u", "DISTCRON_STORE_KIND": "mariadb"])
    }

    @Test(
        "What is not understood is refused, and where it stands and what would be right is said",
        arguments: [
            (#"{"store": {"knd": "memory"}}"#, "no key store.knd", "store.kind"),
            (#"{"database": {"password": "sesame"}}"#, "no key database.password", "database.passwordFile"),
            (#"{"store": {"kind": "memory"}, "store.kind": "memory"}"#, "twice", "one of them"),
            (#"{"databse": {}}"#, "no key databse", "database.hosts"),
            (#"{"store": true}"#, "JSON object", "store"), ("[1]", "JSON object", "store"),
            ("", "JSON object", "store"),
        ]
    )
    func refused(_ json: String, _ part: String, _ help: String) throws {
        let failure = try #require(throws: Failure.self) { try self.settings(json) }
        #expect(failure.code == .configuration)
        #expect(failure.message.contains(part), "\(failure.message)")
        #expect(failure.text.contains(help) && !failure.text.contains("sesame"))
    }

    @Test(
        "A setting that has no such value is refused by its place",
        arguments: [
            (#"{"store.kind": "mariadb://u:sesame@h/d"}"#, "store.kind", "directory, memory, mariadb"),
            (#"{"retention.runs": "5m"}"#, "retention.runs", "1h or more"),
            (#"{"retention.jobs": 90}"#, "retention.jobs", "1h or more"),
        ]
    )
    func wrongValue(_ json: String, _ key: String, _ wanted: String) throws {
        let settings = try self.settings(json)
        let failure = try #require(throws: Failure.self) { try self.plan([], settings) }
        #expect(failure.code == .configuration)
        #expect(failure.message.contains("\(key) in ") && failure.message.contains(wanted), "\(failure.message)")
        #expect(!failure.text.contains("sesame"))
    }

    @Test("What --set says counts before all else, also before a URL, and before a password in the environment")
    func flags() throws {
        let environment = [
            "DISTCRON_STORE_URL": "u", "DISTCRON_LOG_FORMAT": "json", "DISTCRON_ZOOKEEPER_PASSWORD": "p",
        ]
        let flags = ["database.hosts": "a", "log.format": "text", "zookeeper.passwordFile": "f"]
        let settings = try Settings(file: nil, flags: flags, environment: environment)
        #expect(
            settings.environment == [
                "DISTCRON_DATABASE_HOSTS": "a", "DISTCRON_LOG_FORMAT": "text", "DISTCRON_ZOOKEEPER_PASSWORD_FILE": "f",
            ]
        )
        #expect(settings.value(of: .logFormat) == .init(text: "text", place: "--set log.format"))
        let failure = try #require(throws: Failure.self) {
            try Settings(file: nil, flags: ["log.frmat": "json"], environment: [:])
        }
        #expect(failure.message.contains("no key log.frmat") && failure.message.contains("--set"))
    }

    @Test("A sentence about a variable says where the thing stands instead")
    func places() throws {
        let settings = try self.settings(#"{"database": {"hosts": "h:0"}}"#)
        let sentence = settings.placing("DISTCRON_DATABASE_HOSTS: the port is wrong; DISTCRON_DATABASE_USER is missing")
        #expect(sentence.hasPrefix("database.hosts in ") && sentence.hasSuffix("DISTCRON_DATABASE_USER is missing"))
    }

    @Test("What counts is printed as a file that says the same, with the parts of URLs and without passwords")
    func document() throws {
        let settings = try Settings(
            file: nil,
            flags: ["worker.capacity": "7"],
            environment: [
                "DISTCRON_STORE_URL": "mariadb://cron:sesame@db1,db2:3307/jobs?tls=off",
                "DISTCRON_ZOOKEEPER_URL": "zookeeper://zk:sesame@zk1/c?session=6s",
            ]
        )
        let text = try settings.document(of: [.workerCapacity, .logFormat] + Setting.database + Setting.ensemble)
        #expect(!text.contains("sesame"))
        let members = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        #expect(members["worker.capacity"] == "7")
        #expect(members["log.format"] == "text")
        #if MariaDB
        #expect(members["database.hosts"] == "db1:3306,db2:3307")
        #expect(members["database.tls"] == "off")
        #endif
        #if ZooKeeper
        #expect(members["zookeeper.chroot"] == "/c")
        #expect(members["zookeeper.session"] == "6000ms")
        #endif
        // A program reads what it has printed.
        #expect(try self.settings(text).value(of: .workerCapacity)?.text == "7")
    }

    @Test("A file that is not there is said to be missing")
    func missing() throws {
        let failure = try #require(throws: Failure.self) {
            try Settings(file: "/nowhere/at/all.json", environment: [:])
        }
        #expect((failure.code, failure.message.contains("/nowhere/at/all.json")) == (.noInput, true))
    }
}
