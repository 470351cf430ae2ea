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
        if declaredLength ?? 0 > 0 { try self.requireJSON() }
        let body: ByteBuffer
        do {
            body = try await self.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Problem.tooLarge(limit)
        } catch {
            throw Problem.incompleteBody(error)
        }
        guard body.readableBytes > 0 else { return nil }
        try self.requireJSON()
        do {
            return try JSONParser.parse(Array(buffer: body))
        } catch {
            throw Problem(.invalidJSON, error.description)
        }
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
    /// The body, or the file in it, has more bytes than are taken.
    static func tooLarge(_ limit: Int) -> Self { Self(.bodyTooLarge, "at most \(limit) bytes are allowed") }

    /// What becomes of an error in the middle of a body: the client has gone, or does not speak HTTP.
    static func incompleteBody(_ error: any Error) -> any Error {
        error is CancellationError ? error : Self(.malformedRequest, "the body ended before it was complete")
    }
}

extension HTTPField.Name {
    static let prefer = Self.constant("Prefer")
    static let preferenceApplied = Self.constant("Preference-Applied")
    static let droppedBytes = Self.constant("Dropped-Bytes")
    static let secFetchSite = Self.constant("Sec-Fetch-Site")
    static let link = Self.constant("Link")
    static let ignoredFields = Self.constant("Ignored-Fields")
    static let idempotencyKey = Self.constant("Idempotency-Key")
    static let idempotentReplayed = Self.constant("Idempotent-Replayed")
    static let contentDigest = Self.constant("Content-Digest")
    static let reprDigest = Self.constant("Repr-Digest")
    static let totalCount = Self.constant("X-Total-Count")
    static let lastEventID = Self.constant("Last-Event-ID")
    static let accelBuffering = Self.constant("X-Accel-Buffering")

    /// A name that is known to be valid.
    private static func constant(_ name: String) -> Self {
        guard let name = Self(name) else { preconditionFailure("\(name) is no header's name") }
        return name
    }
}
#endif
