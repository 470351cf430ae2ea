#if MariaDB
extension MariaDBError.Kind {
    /// What the numbers of the server and of libmariadb mean to a client.
    ///
    /// Source: MariaDB Knowledge Base, "MariaDB Error Codes"; `errmsg.h` of Connector/C for those from 2000.
    private static let kinds: [Int: Self] = [
        // Lost against another transaction, also in the certification of Galera; a definition that changed meanwhile.
        1213: .conflict, 1205: .conflict, 1020: .conflict, 1412: .conflict, 1615: .conflict,
        1062: .duplicate, 1586: .duplicate,
        // A server that shuts down, a connection that was killed or timed out, a network that failed.
        2006: .lost, 2013: .lost, 2055: .lost, 1053: .lost, 1927: .lost, 1152: .lost, 1158: .lost, 1159: .lost,
        1160: .lost, 1161: .lost, 1243: .lost, 1184: .lost,
        // "Got error during COMMIT": a node of Galera that was cut off meanwhile, so nobody knows.
        1180: .lost,
        2001: .unreachable, 2002: .unreachable, 2003: .unreachable, 2005: .unreachable, 2009: .unreachable,
        2012: .unreachable,
        1047: .notReady,
        1040: .tooManyConnections, 1203: .tooManyConnections, 1226: .tooManyConnections,
        1044: .denied, 1045: .denied, 1129: .denied, 1130: .denied, 1142: .denied, 1143: .denied, 1227: .denied,
        1370: .denied, 1410: .denied, 1698: .denied,
        1046: .wrongDatabase, 1049: .wrongDatabase,
        1054: .missingSchema, 1146: .missingSchema,
        1290: .readOnly, 1792: .readOnly, 1836: .readOnly,
        1021: .diskFull, 1114: .diskFull,
        1193: .configuration, 1251: .configuration, 2026: .configuration, 2059: .configuration, 2061: .configuration,
        // Too long, of another type, out of range, missing, against a constraint; a statement that is too large.
        1048: .invalidValue, 1153: .invalidValue, 1264: .invalidValue, 1265: .invalidValue, 1292: .invalidValue,
        1364: .invalidValue, 1366: .invalidValue, 1406: .invalidValue, 1411: .invalidValue, 2020: .invalidValue,
        4025: .invalidValue,
    ]

    /// The kind of an error.
    package init(number: Int, message: String = "") {
        // The storage engine's own number is part of the sentence; 28 is ENOSPC.
        let isFull = [3, 1026, 1030, 1180].contains(number) && message.contains("rror 28")
        self = isFull ? .diskFull : Self.kinds[number] ?? .other
    }
}
#endif
