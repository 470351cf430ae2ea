#if MariaDB
public import DistributedCron

extension MariaDBError {
    /// The error as one of the store's: a sentence for an operator.
    public var asJobStoreError: JobStoreError {
        JobStoreError(
            self.kind == .invalidValue ? .refused : .unavailable,
            message: self.explanation,
            backendCode: self.number == 0 ? nil : self.number
        )
    }

    /// What was said, and what is to be done about it.
    var explanation: String {
        switch self.kind {
        case .conflict: "others kept changing the same rows: \(self.message)"
        case .duplicate: "what is to be written exists already: \(self.message)"
        case .lost: "the connection to the database broke: \(self.message)"
        case .unreachable:
            "no database server can be reached: \(self.message); see whether it runs, and its host and port"
        case .notReady:
            "the Galera node takes no work, because it is not with the majority of its cluster or not yet in step with "
                + "it: \(self.message)"
        case .tooManyConnections:
            "the database server has no connection left: \(self.message); raise max_connections, or lower `pool` in the URL"
        case .denied: "the database refuses the user: \(self.message); see the user, the password and its grants"
        case .wrongDatabase:
            "the database is not there: \(self.message); create it with CREATE DATABASE, or correct its name in the URL"
        case .missingSchema:
            "the database lacks a table or a column: \(self.message); bring it up to date with `distcron migrate`"
        case .readOnly:
            "the database takes no writes: \(self.message); connect to the primary, or end its read-only mode"
        case .diskFull: "the database server has no space left: \(self.message); make some, and it goes on by itself"
        case .invalidValue: "the database does not take a value: \(self.message)"
        case .configuration where self.number == 2026:
            "no encrypted connection: \(self.message); see the server's certificate, and name its authority with ca=FILE"
        case .configuration, .poolExhausted, .wrongType: self.message
        default: "the database refuses a statement: \(self.message)"
        }
    }
}
#endif
