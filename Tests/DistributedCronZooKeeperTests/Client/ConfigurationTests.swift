#if ZooKeeper
import Testing

@testable import DistributedCronZooKeeper

/// What operators write to say where ZooKeeper is.
@Suite struct ConfigurationTests {
    @Test("A URL is read in all its parts")
    func reads() throws {
        let configuration = try ZooKeeperConfiguration(
            url: "zookeeper://cr%40n:p%3Aa%2Fss:word@zk1,zk2:2182,[::1]:2183/distcron/prod?session=6s"
        )
        #expect(configuration.credentials == .init(user: "cr@n", password: "p:a/ss:word"))
        #expect(configuration.hosts.map(\.description) == ["zk1:2181", "zk2:2182", "[::1]:2183"])
        #expect(configuration.chroot == "/distcron/prod")
        #expect(configuration.sessionTimeout == .seconds(6))
        let short = try ZooKeeperConfiguration(url: "zookeeper://zk1/c?session=2500ms")
        #expect(short.credentials == nil)
        #expect(short.sessionTimeout == .milliseconds(2_500))
        #expect(try ZooKeeperConfiguration(url: "zookeeper://zk1/c").sessionTimeout == .seconds(30))
    }

    @Test(
        "A URL that is not valid is refused with what is wrong, and without its password",
        arguments: [
            ("zk://u:sesame@h/c", "begin with"),
            ("zookeeper://u:sesame@h", "chroot is missing"),
            ("zookeeper://u:sesame@h/", "chroot"),
            ("zookeeper://u:sesame@h/a/", "chroot"),
            ("zookeeper://u:sesame@h/a//b", "chroot"),
            ("zookeeper://u:sesame@h/a/../b", "chroot"),
            ("zookeeper://u:sesame@h/a b", "chroot"),
            ("zookeeper://u:sesame@h/zookeeper/c", "/zookeeper"),
            ("zookeeper://sesame@h/c", "password is missing"),
            ("zookeeper://:sesame@h/c", "user is empty"),
            ("zookeeper://a%3Ab:sesame@h/c", "colon"),
            ("zookeeper://u:sesame@/c", "host"),
            ("zookeeper://u:sesame@h,/c", "host"),
            ("zookeeper://u:sesame@h:0/c", "port"),
            ("zookeeper://u:sesame@h:70000/c", "port"),
            ("zookeeper://u:sesame/c", "port"),
            ("zookeeper://u:sesame%zz@h/c", "%25"),
            ("zookeeper://u:sesame%00@h/c", "%25"),
            ("zookeeper://u:sesame%ff@h/c", "UTF-8"),
            ("zookeeper://u:sesame#@h/c", "%23"),
            ("zookeeper://u:open?sesame@h/c", "%3F"),
            ("zookeeper://u:sesame@h/c?session=6", "6s"),
            ("zookeeper://u:sesame@h/c?session=0s", "0s"),
            ("zookeeper://u:sesame@h/c?session=9999999999999999999s", "hour"),
            ("zookeeper://u:sesame@h/c?session=9223372036854776s", "hour"),
            ("zookeeper://u:sesame@h/c?session", "6s"),
            ("zookeeper://u:sesame@h/c?tls=on", "tls"),
        ]
    )
    func refuses(_ url: String, _ what: String) {
        let error = #expect(throws: ZooKeeperError.self) { try ZooKeeperConfiguration(url: url) }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
        #expect(error.map { "\($0)" }?.contains("sesame") == false)
    }

    @Test("The password is in no description")
    func hidesThePassword() throws {
        let configuration = try ZooKeeperConfiguration(url: "zookeeper://cron:sesame@zk1,zk2/c")
        #expect("\(configuration)" == "zookeeper://cron@zk1:2181,zk2:2181/c")
        var dumped = "\(configuration.credentials as Any) \(String(reflecting: configuration))"
        dump(configuration, to: &dumped)
        dump(configuration.credentials, to: &dumped)
        #expect(!dumped.contains("sesame"))
    }
}
#endif
