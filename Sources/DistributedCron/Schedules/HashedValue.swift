import Crypto

/// The number from which `H` takes its value.
///
/// A fixed function of the job, so that every node in every version places the job at the same time: changing a bit
/// of it would move jobs.
enum HashedValue {
    /// The first 8 bytes, big-endian, of SHA-256 over the job's key, a newline and the field's name.
    static func hash(key: String, field: ScheduleField) -> UInt64 {
        let digest = SHA256.hash(data: Array("\(key)\n\(field.rawValue)".utf8))
        return digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
