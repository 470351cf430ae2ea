#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird

extension Request {
    /// The SHA-256 that the client says its body has: `Content-Digest` or `Repr-Digest` (RFC 9530), in hexadecimal.
    ///
    /// - Returns: The digest, or nil if the client says none, or only others.
    /// - Throws: A problem if it is not one.
    func declaredSHA256() throws(Problem) -> String? {
        let members = (self.headers[values: .contentDigest] + self.headers[values: .reprDigest]).flatMap {
            $0.split(separator: ",")
        }
        for member in members {
            let pair = member.split(separator: "=", maxSplits: 1).map(\.trimmingBlanks)
            guard pair.first?.lowercased() == "sha-256" else { continue }
            let value = pair.count == 2 ? pair[1] : ""
            guard value.count > 2, value.hasPrefix(":"), value.hasSuffix(":"),
                let bytes = try? Base64.decode(String(value.dropFirst().dropLast())), bytes.count == 32
            else { throw Problem(.digestMismatch, "the digest is not written as sha-256=:BASE64 of 32 bytes:") }
            return bytes.hexadecimal
        }
        return nil
    }
}
#endif
