#if HTTP
import HTTPTypes
import Hummingbird

extension Request {
    /// The client's name for a request (draft-ietf-httpapi-idempotency-key-header), or nil if it gave none.
    ///
    /// - Parameter path: What is asked; the same name may stand for requests to other paths.
    /// - Returns: The key, which begins with the path.
    /// - Throws: A problem if the header is empty, too long or not printable.
    func idempotencyKey(path: String) throws(Problem) -> String? {
        guard let header = self.headers[.idempotencyKey] else { return nil }
        // The draft has a string in quotes; many clients send none.
        let isQuoted = header.count >= 2 && header.hasPrefix("\"") && header.hasSuffix("\"")
        let key = isQuoted ? String(header.dropFirst().dropLast()) : header
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Problem(
                .invalidField,
                [
                    Problem.Item(
                        field: "Idempotency-Key",
                        allowed: "1-255 printable characters of ASCII",
                        message: "the header Idempotency-Key must have 1-255 printable characters of ASCII"
                    )
                ]
            )
        }
        return "\(path) \(key)"
    }
}
#endif
