/// Reads what ``RecordWriter`` wrote; fields that are not there yet, because an older program wrote, have defaults.
package struct RecordReader {
    /// Bytes that no writer wrote.
    package struct Malformed: Error {
        package let what: String

        package init(what: String) { self.what = what }
    }

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.position = bytes.startIndex
    }

    /// Whether everything was read.
    package var isAtEnd: Bool { self.position >= self.bytes.endIndex }

    package mutating func byte() throws(Malformed) -> UInt8 {
        guard self.position < self.bytes.endIndex else { throw Malformed(what: "a record ends too early") }
        defer { self.position += 1 }
        return self.bytes[self.position]
    }

    package mutating func bool() throws(Malformed) -> Bool { try self.byte() != 0 }

    package mutating func unsigned() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try self.byte()
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw Malformed(what: "a number is too long")
    }

    package mutating func signed() throws(Malformed) -> Int64 {
        let value = try self.unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    package mutating func int() throws(Malformed) -> Int { Int(try self.signed()) }

    package mutating func fixed() throws(Malformed) -> UInt64 {
        let slice = try self.slice(8)
        return slice.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    package mutating func double() throws(Malformed) -> Double { Double(bitPattern: try self.fixed()) }

    package mutating func slice(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
        guard count >= 0, count <= self.bytes.endIndex - self.position else {
            throw Malformed(what: "a record ends too early")
        }
        defer { self.position += count }
        return self.bytes[self.position..<self.position + count]
    }

    package mutating func data() throws(Malformed) -> ArraySlice<UInt8> {
        try self.slice(Int(clamping: try self.unsigned()))
    }

    package mutating func text() throws(Malformed) -> String { String(decoding: try self.data(), as: UTF8.self) }

    package mutating func optional<Value>(
        _ read: (inout Self) throws(Malformed) -> Value
    ) throws(Malformed) -> Value? {
        guard !self.isAtEnd, try self.bool() else { return nil }
        return try read(&self)
    }

    package mutating func list<Value>(_ read: (inout Self) throws(Malformed) -> Value) throws(Malformed) -> [Value] {
        let count = Int(clamping: try self.unsigned())
        // A damaged count must not reserve memory for what is not there.
        guard count <= self.bytes.endIndex - self.position else { throw Malformed(what: "a list is too long") }
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }
}
