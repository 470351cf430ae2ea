import Glibc

/// The format of a file of a journal: a header, then frames.
///
/// ```
/// header   "distcron" <format version, 1 byte> <kind, 1 byte>
/// frame    <length, 4 bytes> <CRC-32C of the payload, 4 bytes> <payload>
/// ```
///
/// Numbers are little-endian. A frame is one change of the store: after a crash it is there whole or not at all.
enum JournalFile {
    /// What a file holds.
    enum Kind: UInt8 {
        /// Changes, in their order.
        case segment = 1
        /// All rows, and a last, empty frame that says that it is whole.
        case snapshot = 2
    }

    static let version: UInt8 = 1
    static let headerSize = 10
    private static let magic = Array("distcron".utf8)

    static func header(_ kind: Kind) -> [UInt8] { self.magic + [self.version, kind.rawValue] }

    /// Adds a payload as a frame.
    static func append(_ payload: [UInt8], to bytes: inout [UInt8]) {
        for number in [UInt32(payload.count), CRC32C.checksum(payload)] {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.append(contentsOf: payload)
    }

    /// Reads a file's frames.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - kind: What it is to be.
    ///   - name: Its name, for errors.
    ///   - mayBeTorn: Whether its end may be missing, because it was being written when the program ended.
    ///   - body: Is given each payload.
    /// - Returns: How many bytes are whole; what follows them is a torn tail.
    /// - Throws: ``JournalError`` with code `corrupt`; what `body` throws.
    static func read(
        _ bytes: [UInt8],
        as kind: Kind,
        name: String,
        mayBeTorn: Bool,
        _ body: (ArraySlice<UInt8>) throws -> Void
    ) throws -> Int {
        guard bytes.count >= self.headerSize, bytes.starts(with: self.magic) else {
            let isTorn = mayBeTorn && bytes.count < self.headerSize && self.header(kind).starts(with: bytes)
            if isTorn { return 0 }
            throw JournalError(.corrupt, message: "\(name) does not begin like a file of this journal")
        }
        guard bytes[8] == self.version, bytes[9] == kind.rawValue else {
            throw JournalError(
                .corrupt,
                message:
                    "\(name) has format \(bytes[8]).\(bytes[9]); this program reads \(self.version).\(kind.rawValue)"
            )
        }
        var offset = self.headerSize
        while offset < bytes.count {
            guard let payload = self.payload(bytes, at: offset) else {
                if mayBeTorn, !self.hasFrame(bytes, after: offset) { return offset }
                throw JournalError(.corrupt, message: "\(name) is damaged at byte \(offset)")
            }
            do {
                try body(payload)
            } catch let error as RecordReader.Malformed {
                throw JournalError(
                    .corrupt,
                    message: "\(name) is damaged in the frame at byte \(offset): \(error.what)"
                )
            }
            offset = payload.endIndex
        }
        return offset
    }

    /// The payload of a whole frame, or nil if there is none.
    private static func payload(_ bytes: [UInt8], at offset: Int) -> ArraySlice<UInt8>? {
        guard bytes.count - offset >= 8 else { return nil }
        let length = Int(self.number(bytes, at: offset))
        guard length <= bytes.count - offset - 8 else { return nil }
        let payload = bytes[offset + 8..<offset + 8 + length]
        return CRC32C.checksum(payload) == self.number(bytes, at: offset + 4) ? payload : nil
    }

    /// Whether a whole frame follows a broken one: then it was not a crash that broke that.
    ///
    /// Frames of fewer than 16 bytes are not looked for, because zeros look like an empty one.
    private static func hasFrame(_ bytes: [UInt8], after offset: Int) -> Bool {
        guard bytes.count - offset >= 8 else { return false }
        // The usual damage leaves the length alone, so the next frame is where it says.
        var candidate = offset + 8 + Int(self.number(bytes, at: offset))
        while candidate < bytes.count {
            if let payload = self.payload(bytes, at: candidate), payload.count >= 16 { return true }
            candidate += 1
            // Beyond this a search costs more than it finds: a torn write is no longer than the journal's buffer.
            if candidate - offset > 1 << 20 { return false }
        }
        return false
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    }
}
