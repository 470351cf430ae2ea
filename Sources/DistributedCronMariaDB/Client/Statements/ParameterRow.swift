#if MariaDB
import CMariaDB

/// The values of one execution, in the shape that libmariadb reads.
struct ParameterRow {
    let binds: UnsafeMutablePointer<MYSQL_BIND>

    init(_ values: [SQLValue], arena: Arena) {
        self.binds = arena.zeroed(MYSQL_BIND.self, count: values.count)
        for (index, value) in values.enumerated() { self.binds[index].bind(value, arena) }
    }
}

extension MYSQL_BIND {
    fileprivate mutating func bind(_ value: SQLValue, _ arena: Arena) {
        switch value {
        case .null: self.buffer_type = MYSQL_TYPE_NULL
        case .int(let number):
            self.buffer_type = MYSQL_TYPE_LONGLONG
            self.buffer = UnsafeMutableRawPointer(arena.store(number))
        case .uint(let number):
            self.buffer_type = MYSQL_TYPE_LONGLONG
            self.is_unsigned = 1
            self.buffer = UnsafeMutableRawPointer(arena.store(number))
        case .double(let number):
            self.buffer_type = MYSQL_TYPE_DOUBLE
            self.buffer = UnsafeMutableRawPointer(arena.store(number))
        case .text(let text):
            self.buffer_type = MYSQL_TYPE_STRING
            var text = text
            text.withUTF8 { self.setBytes($0, arena) }
        case .bytes(let bytes):
            self.buffer_type = MYSQL_TYPE_BLOB
            bytes.withUnsafeBufferPointer { self.setBytes($0, arena) }
        case .date(let date):
            self.buffer_type = MYSQL_TYPE_DATETIME
            self.buffer = UnsafeMutableRawPointer(arena.store(MYSQL_TIME(date)))
        }
    }

    private mutating func setBytes(_ bytes: UnsafeBufferPointer<UInt8>, _ arena: Arena) {
        self.buffer = UnsafeMutableRawPointer(arena.copy(bytes))
        self.buffer_length = UInt(bytes.count)
    }
}
#endif
