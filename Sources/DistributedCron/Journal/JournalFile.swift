import Glibc

/// The format of a file of a journal: a header, then frames.
///
/// ```
/// header   "distcron" <format version, 1 byte> <kind, 1 byte>
/// frame    <CRC-32C of the rest, 4 bytes> <length of the payload, 4 bytes> <synced, 8 bytes> <payload>
/// ```
///
/// Numbers are little-endian. A frame is one change of the store: after a crash it is there whole or not at all. `synced` is
/// how much of the file was known to be on disk when the frame was made. By it a reader tells a torn end from damage: a
/// power cut may keep a later part of what was not synced and lose an earlier one, but what was synced it keeps.
enum JournalFile {
    /// What a file holds.
    enum Kind: UInt8 {
        /// Changes, in their order.
        case segment = 1
        /// All rows, and a last, empty frame that says that it is whole.
        case snapshot = 2
    }

    static let version: UInt8 = 2
    static let headerSize = 10
    static let frameHeaderSize = 16
    private static let magic = Array("distcron".utf8)

    static func header(_ kind: Kind) -> [UInt8] { self.magic + [self.version, kind.rawValue] }

    /// Adds a payload as a frame.
    ///
    /// - Parameters:
    ///   - payload: The payload, of less than 4 GiB.
    ///   - synced: How many bytes of the file are known to be on disk.
    ///   - bytes: What to add it to.
    static func append(_ payload: [UInt8], synced: Int = 0, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: [0, 0, 0, 0])
        withUnsafeBytes(of: UInt32(payload.count).littleEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt64(synced).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: payload)
        let check = CRC32C.checksum(bytes[(start + 4)...])
        for byte in 0..<4 { bytes[start + byte] = UInt8(truncatingIfNeeded: check >> (8 * UInt32(byte))) }
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
            guard let payload = self.frame(bytes, at: offset)?.payload else {
                if mayBeTorn, !self.wasSynced(bytes, at: offset) { return offset }
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

    /// A whole frame, or nil if there is none.
    private static func frame(_ bytes: [UInt8], at offset: Int) -> (payload: ArraySlice<UInt8>, synced: Int)? {
        guard bytes.count - offset >= self.frameHeaderSize else { return nil }
        let length = Int(self.number(bytes, at: offset + 4))
        let start = offset + self.frameHeaderSize
        guard length <= bytes.count - start,
            CRC32C.checksum(bytes[(offset + 4)..<(start + length)]) == self.number(bytes, at: offset)
        else { return nil }
        let synced = UInt64(self.number(bytes, at: offset + 8)) | UInt64(self.number(bytes, at: offset + 12)) << 32
        return (bytes[start..<(start + length)], Int(clamping: synced))
    }

    /// Whether a broken frame had been on disk, because one that follows says so: then it was not a crash that broke it.
    private static func wasSynced(_ bytes: [UInt8], at offset: Int) -> Bool {
        var candidate = offset + 1
        while candidate < bytes.count {
            if let frame = self.frame(bytes, at: candidate) {
                if frame.synced > offset { return true }
                candidate = frame.payload.endIndex
            } else {
                candidate += 1
            }
        }
        return false
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    }
}
