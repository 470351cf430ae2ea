#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// Bytes of a file, all of them or the range that is asked for.
    ///
    /// - Parameters:
    ///   - size: The size of the file.
    ///   - tag: The file's entity tag, or nil if its bytes may change.
    ///   - headers: What else to say.
    ///   - request: Who asks.
    ///   - open: Opens the file, which is read only as far as it is needed.
    /// - Returns: 200, 206, or 304 for a client that has the file.
    /// - Throws: A problem with status 416, or what `open` throws.
    static func file(
        size: Int,
        tag: EntityTag? = nil,
        headers: HTTPFields,
        for request: Request,
        open: () async throws -> AsyncThrowingStream<[UInt8], any Error>
    ) async throws -> Response {
        var headers = headers
        headers[.xContentTypeOptions] = "nosniff"
        headers[.acceptRanges] = "bytes"
        headers[.eTag] = tag?.text
        if let tag, request.headers[.ifNoneMatch].map({ tag.isOne(of: $0) }) ?? false {
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        guard let range = request.range(ifCurrent: tag) else {
            let content = try await open()
            return Response(status: .ok, headers: headers, body: .part(of: content, 0..<size))
        }
        guard let bytes = range.bytes(of: size) else {
            throw Problem(
                .rangeNotSatisfiable,
                "there are \(size) bytes",
                headers: [.contentRange: "bytes */\(size)"]
            )
        }
        headers[.contentRange] = "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(size)"
        let content = try await open()
        return Response(status: .partialContent, headers: headers, body: .part(of: content, bytes))
    }
}

extension Request {
    /// The range that is asked for, unless it was meant for a file that has changed since (RFC 9110 13.1.5).
    fileprivate func range(ifCurrent tag: EntityTag?) -> ByteRange? {
        guard self.method == .get, let header = self.headers[.range] else { return nil }
        if let condition = self.headers[.ifRange], condition != tag?.text { return nil }
        return ByteRange(header)
    }
}

extension ResponseBody {
    /// A part of a file.
    fileprivate static func part(of content: AsyncThrowingStream<[UInt8], any Error>, _ range: Range<Int>) -> Self {
        Self(contentLength: range.count) { writer in
            var offset = 0
            for try await piece in content {
                let wanted = range.clamped(to: offset..<(offset + piece.count))
                if !wanted.isEmpty {
                    let bytes = piece[(wanted.lowerBound - offset)..<(wanted.upperBound - offset)]
                    try await writer.write(ByteBuffer(bytes: bytes))
                }
                offset += piece.count
                if offset >= range.upperBound { break }
            }
            try await writer.finish(nil)
        }
    }
}
#endif
