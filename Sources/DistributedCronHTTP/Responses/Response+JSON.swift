#if HTTP
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// A JSON document on a line of its own.
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Self {
        var headers = headers
        headers[.contentType] = "application/json"
        return Self(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.line)))
    }

    /// Text for people.
    static func text(_ bytes: [UInt8], headers: HTTPFields = [:]) -> Self {
        var headers = headers
        headers[.contentType] = "text/plain; charset=utf-8"
        headers[.xContentTypeOptions] = "nosniff"
        return Self(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
#endif
