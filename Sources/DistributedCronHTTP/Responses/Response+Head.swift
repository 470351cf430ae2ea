#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// The answer to HEAD: what GET says before its body, with the body's length.
    ///
    /// A body of unknown length is made to count it, because a length that is wrong is worse than one that is late.
    func withoutBody() async throws -> Response {
        var response = self.createHeadResponse()
        guard self.body.contentLength == nil else { return response }
        let counter = ByteCounter()
        try await self.body.write(counter)
        response.headers[.contentLength] = String(counter.count.withLock { $0 })
        return response
    }
}

/// A writer that keeps nothing but the number of bytes.
private final class ByteCounter: ResponseBodyWriter {
    let count = Lock(0)

    @concurrent
    func write(_ buffer: ByteBuffer) async throws { self.count.withLock { $0 += buffer.readableBytes } }

    @concurrent
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
#endif
