/// Writes values as compact bytes: integers as variable-length groups of seven bits (LEB128), texts with their length.
package struct RecordWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func byte(_ value: UInt8) { self.bytes.append(value) }

    package mutating func bool(_ value: Bool) { self.bytes.append(value ? 1 : 0) }

    package mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
    }

    /// Small numbers of either sign take little room (zigzag).
    package mutating func signed(_ value: Int64) {
        self.unsigned(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    package mutating func int(_ value: Int) { self.signed(Int64(value)) }

    package mutating func fixed(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { self.bytes.append(contentsOf: $0) }
    }

    package mutating func double(_ value: Double) { self.fixed(value.bitPattern) }

    package mutating func data(_ value: [UInt8]) {
        self.unsigned(UInt64(value.count))
        self.bytes.append(contentsOf: value)
    }

    package mutating func text(_ value: String) {
        self.unsigned(UInt64(value.utf8.count))
        self.bytes.append(contentsOf: value.utf8)
    }

    package mutating func optional<Value>(_ value: Value?, _ write: (inout Self, Value) -> Void) {
        self.bool(value != nil)
        if let value { write(&self, value) }
    }

    package mutating func list<Values: Collection>(_ values: Values, _ write: (inout Self, Values.Element) -> Void) {
        self.unsigned(UInt64(values.count))
        for value in values { write(&self, value) }
    }

    /// Adds a record: its kind, its length and its fields, so that a reader can skip what it does not know.
    package mutating func record(_ kind: UInt8, _ write: (inout Self) -> Void) {
        var body = Self()
        write(&body)
        self.byte(kind)
        self.data(body.bytes)
    }
}
