extension Failure {
    /// This program was built without what a database needs.
    package static var withoutMariaDB: Self {
        Self(
            .configuration,
            "this distcron was built without MariaDB",
            help: "build one with it: apt-get install libmariadb-dev && swift build --traits HTTP,MariaDB"
        )
    }

    /// This program was built without what a cluster needs.
    package static var withoutCluster: Self {
        Self(
            .configuration,
            "this program was built without MariaDB, ZooKeeper or HTTP",
            help: "apt-get install libmariadb-dev libzookeeper-mt-dev && swift build --traits HTTP,MariaDB,ZooKeeper"
        )
    }
}
