extension Failure {
    /// This program was built without what a database needs.
    static var withoutMariaDB: Self {
        Self(
            .configuration,
            "this distcron was built without MariaDB",
            help: "build one with it: apt-get install libmariadb-dev && swift build --traits HTTP,MariaDB"
        )
    }
}
