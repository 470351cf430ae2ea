#if HTTP
import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// The body as JSON.
    ///
    /// - Parameter limit: The most bytes to take.
    /// - Returns: The value, or nil if there is no body.
    /// - Throws: A problem if the body is not declared as JSON, too large, or not JSON.
    func json(upTo limit: Int) async throws -> JSONValue? {
        let declaredLength = self.headers[.contentLength].flatMap { Int($0) }
        if let declaredLength, declaredLength > limit { throw Problem.tooLarge(limit) }
        if declaredLength ?? 0 > 0 || self.headers[.transferEncoding] != nil { try self.requireJSON() }
        let body: ByteBuffer
        do {
            body = try await self.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Problem.tooLarge(limit)
        }
        guard body.readableBytes > 0 else { return nil }
        try self.requireJSON()
        do {
            return try JSONParser.parse(Array(buffer: body))
        } catch {
            throw Problem(.invalidJSON, error.description)
        }
    }

    private func requireJSON() throws(Problem) {
        let type = self.headers[.contentType]?.prefix { $0 != ";" }.trimmingBlanks.lowercased()
        guard type != "application/json" else { return }
        let sent = type.map { "it is declared as \($0.prefix(64))" } ?? "it is not declared as anything"
        throw Problem(
            .unsupportedMediaType,
            "\(sent); send the header Content-Type: application/json",
            headers: [.accept: "application/json"]
        )
    }

    /// How long the client would like to wait: `Prefer: wait=10` (RFC 7240), at most five minutes.
    var preferredWait: Int? {
        let preferences = self.headers[values: .prefer].flatMap { $0.split(separator: ",") }
        for preference in preferences {
            let parts = preference.split(separator: "=", maxSplits: 1).map(\.trimmingBlanks)
            guard parts.count == 2, parts[0].lowercased() == "wait" else { continue }
            return Int(parts[1]).flatMap { $0 > 0 ? min($0, 300) : nil }
        }
        return nil
    }
}

extension Problem {
    fileprivate static func tooLarge(_ limit: Int) -> Self {
        Self(.bodyTooLarge, "at most \(limit) bytes are allowed")
    }
}

extension HTTPField.Name {
    static let prefer = Self.constant("Prefer")
    static let preferenceApplied = Self.constant("Preference-Applied")
    static let droppedBytes = Self.constant("Dropped-Bytes")
    static let secFetchSite = Self.constant("Sec-Fetch-Site")
    static let link = Self.constant("Link")

    /// A name that is known to be valid.
    private static func constant(_ name: String) -> Self {
        guard let name = Self(name) else { preconditionFailure("\(name) is no header's name") }
        return name
    }
}

extension Substring {
    /// The text without spaces and tabs around it.
    var trimmingBlanks: Substring {
        let start = self.drop { $0 == " " || $0 == "\t" }
        guard let end = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return start.prefix(0) }
        return start[...end]
    }
}
#endif
