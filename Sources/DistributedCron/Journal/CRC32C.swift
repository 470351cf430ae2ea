/// The cyclic redundancy check of the Castagnoli polynomial (RFC 3720, appendix B.4), eight bytes at a time.
enum CRC32C {
    private static let tables: [[UInt32]] = {
        var tables = [[UInt32]](repeating: [UInt32](repeating: 0, count: 256), count: 8)
        for index in 0..<256 {
            var value = UInt32(index)
            for _ in 0..<8 { value = value & 1 == 1 ? 0x82F6_3B78 ^ value >> 1 : value >> 1 }
            tables[0][index] = value
        }
        for index in 0..<256 {
            for table in 1..<8 {
                let previous = tables[table - 1][index]
                tables[table][index] = tables[0][Int(previous & 0xFF)] ^ previous >> 8
            }
        }
        return tables
    }()

    /// The check of bytes.
    static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
        bytes.withContiguousStorageIfAvailable { self.checksum(UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes { self.checksum($0) }
    }

    private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let tables = self.tables
        var crc = ~UInt32(0)
        var offset = 0
        while offset + 8 <= bytes.count {
            let low = crc ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian
            let high = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self).littleEndian
            crc =
                tables[7][Int(low & 0xFF)] ^ tables[6][Int(low >> 8 & 0xFF)] ^ tables[5][Int(low >> 16 & 0xFF)]
                ^ tables[4][Int(low >> 24)] ^ tables[3][Int(high & 0xFF)] ^ tables[2][Int(high >> 8 & 0xFF)]
                ^ tables[1][Int(high >> 16 & 0xFF)] ^ tables[0][Int(high >> 24)]
            offset += 8
        }
        while offset < bytes.count {
            crc = tables[0][Int((crc ^ UInt32(bytes[offset])) & 0xFF)] ^ crc >> 8
            offset += 1
        }
        return ~crc
    }
}
