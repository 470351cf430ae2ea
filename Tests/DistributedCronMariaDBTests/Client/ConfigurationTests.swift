#if MariaDB
import Foundation
import Testing

@testable import DistributedCronMariaDB

/// What operators write to say where the database is.
@Suite struct ConfigurationTests {
    @Test("A URL is read in all its parts")
    func reads() throws {
        let url =
            "mariadb://cr%40n:p%3Aa%2Fss:word@db1,db2:3307,[::1]:3308/my%20jobs?tls=required&ca=/etc/ca.pem&pool=16"
        let configuration = try MariaDBConfiguration(url: url)
        #expect(configuration.user == "cr@n")
        #expect(configuration.password == "p:a/ss:word")
        #expect(configuration.database == "my jobs")
        #expect(configuration.hosts.map(\.description) == ["db1:3306", "db2:3307", "[::1]:3308"])
        #expect(configuration.tls == .required(authority: "/etc/ca.pem"))
        #expect(configuration.poolSize == 16)
    }

    @Test("Connections are encrypted unless they stay on this machine, or it is said otherwise")
    func encrypts() throws {
        func tls(_ rest: String) throws -> MariaDBConfiguration.TLS {
            try MariaDBConfiguration(url: "mariadb://u:p@\(rest)").tls
        }
        #expect(try tls("db1/d") == .required(authority: nil))
        #expect(try tls("127.0.0.1:1,localhost/d") == .off)
        #expect(try tls("127.0.0.1,db1/d") == .required(authority: nil))
        #expect(try tls("db1/d?tls=off") == .off)
        #expect(try tls("127.0.0.1/d?ca=x") == .required(authority: "x"))
    }

    @Test(
        "A URL that is not valid is refused with what is wrong, and without its password",
        arguments: [
            ("mysql://u:sesame@h/d", "begin with"),
            ("mariadb://h/d", "user"),
            ("mariadb://:sesame@h/d", "user is empty"),
            ("mariadb://u:sesame@h", "database is missing"),
            ("mariadb://u:sesame@h/", "database"),
            ("mariadb://u:sesame@h/a/b", "database"),
            ("mariadb://u:sesame@/d", "host"),
            ("mariadb://u:sesame@h,/d", "host"),
            ("mariadb://u:sesame@h:0/d", "port"),
            ("mariadb://u:sesame@h:70000/d", "port"),
            ("mariadb://u:sesame@h:x/d", "port"),
            ("mariadb://u:sesame%zz@h/d", "%25"),
            ("mariadb://u:sesame%2@h/d", "%25"),
            ("mariadb://u:sesame%00@h/d", "%25"),
            ("mariadb://u:sesame%ff@h/d", "UTF-8"),
            ("mariadb://u:sesame#@h/d", "%23"),
            ("mariadb://u:open?sesame@h/d", "%3F"),
            ("mariadb://u:open?tls=sesame@h/d", "%3F"),
            ("mariadb://u:sesame@h/d?tls=maybe", "maybe"),
            ("mariadb://u:sesame@h/d?tls=off&ca=x", "ca"),
            ("mariadb://u:sesame@h/d?pool=0", "pool"),
            ("mariadb://u:sesame@h/d?tls", "tls has no value"),
            ("mariadb://u:sesame@h/d?tls=off&tls=off", "twice"),
            ("mariadb://u:sesame@h/d?ssl=1", "ssl"),
        ]
    )
    func refuses(_ url: String, _ what: String) {
        let error = #expect(throws: MariaDBError.self) { try MariaDBConfiguration(url: url) }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("sesame") == false)
    }

    @Test("The parts of a configuration are read from variables of their own")
    func readsParts() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "distcron-\(UUID())").path()
        defer { try? FileManager.default.removeItem(atPath: file) }
        try "p:a ss\n".write(toFile: file, atomically: true, encoding: .utf8)
        let variables = [
            "HOSTS": "db1,db2:3307", "NAME": "jobs", "USER": "cron", "PASSWORD_FILE": file, "CA": "ca.pem", "POOL": "3",
            "TLS": "",
        ]
        let configuration = try #require(try MariaDBConfiguration.configuration(of: Self.environment(variables)))
        #expect(configuration.description == "mariadb://cron@db1:3306,db2:3307/jobs")
        #expect(configuration.password == "p:a ss")
        #expect(configuration.tls == .required(authority: "ca.pem"))
        #expect(configuration.poolSize == 3)
        #expect(try MariaDBConfiguration.configuration(of: ["DISTCRON_STORE_URL": "", "HOME": "/"]) == nil)
        let url = ["DISTCRON_STORE_URL": "mariadb://u:p@h/d"]
        #expect(try MariaDBConfiguration.configuration(of: url)?.database == "d")
    }

    @Test(
        "Variables that are not valid are refused with their name, and without the password",
        arguments: [
            (["HOSTS": "h", "USER": "u", "PASSWORD": "sesame"], "DISTCRON_DATABASE_NAME is missing"),
            (["HOST": "h", "PASSWORD": "sesame"], "there is no variable DISTCRON_DATABASE_HOST;"),
            (["HOSTS": "h:0", "NAME": "d", "USER": "u", "PASSWORD": "sesame"], "DISTCRON_DATABASE_HOSTS: the port"),
            (["HOSTS": "h", "NAME": "d", "USER": "u", "POOL": "many", "PASSWORD": "sesame"], "pool is a number"),
            (["HOSTS": "h", "NAME": "d", "USER": "u", "PASSWORD": "sesame", "PASSWORD_FILE": "f"], "both set"),
            (["HOSTS": "h", "NAME": "d", "USER": "u", "PASSWORD_FILE": "/nowhere"], "/nowhere, which cannot be read"),
            (["HOSTS": "h", "STORE_URL": "mariadb://u:sesame@h/d"], "both set"),
        ]
    )
    func refusesParts(_ variables: [String: String], _ what: String) {
        let error = #expect(throws: MariaDBError.self) {
            try MariaDBConfiguration.configuration(of: Self.environment(variables))
        }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("sesame") == false)
    }

    private static func environment(_ variables: [String: String]) -> [String: String] {
        let names = variables.map {
            ($0.key == "STORE_URL" ? "DISTCRON_STORE_URL" : "DISTCRON_DATABASE_\($0.key)", $0.value)
        }
        return Dictionary(uniqueKeysWithValues: names)
    }

    @Test("A configuration never shows its password")
    func hidesPassword() throws {
        let configuration = try MariaDBConfiguration(url: "mariadb://u:sesame@h/d")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("sesame"))
        }
    }
}
#endif
