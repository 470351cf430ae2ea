/// BASE64 (RFC 4648) as people send it: either alphabet, with or without padding, in lines or in one.
package enum Base64 {
    /// Why a text is not BASE64.
    package struct Malformed: Error, Sendable, Hashable {
        /// What is wrong.
        package let message: String
        /// Where, in Unicode scalars from 1.
        package let column: Int
        /// The character there, if there is one to blame.
        package let character: String?
    }

    /// Decodes the standard and the URL-safe alphabet, without the blanks between characters.
    ///
    /// - Parameter text: The encoded bytes.
    /// - Returns: The bytes.
    /// - Throws: ``Malformed``.
    package static func decode(_ text: String) throws(Malformed) -> [UInt8] {
        var decoder = Base64Decoder()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3 + 3)
        try decoder.decode(Array(text.utf8)[...], into: &bytes)
        try decoder.finish(into: &bytes)
        return bytes
    }
}
