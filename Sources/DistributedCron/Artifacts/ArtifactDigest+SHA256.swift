import Crypto

extension ArtifactDigest {
    /// Names bytes.
    public init(of bytes: [UInt8]) { self.init(SHA256.hash(data: bytes)) }

    /// Names bytes by the hash that was computed of them.
    init(_ digest: SHA256.Digest) {
        let digits = Array("0123456789abcdef".utf8)
        let hexadecimal = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
        self.init(trusted: String(decoding: hexadecimal, as: UTF8.self))
    }
}
