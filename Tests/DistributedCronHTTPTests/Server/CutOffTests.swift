#if HTTP
import DistributedCron
@testable import DistributedCronHTTP
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOPosix
import Testing

/// Requests that end before they are complete, byte by byte over a socket.
struct CutOffTests {
    /// Sends bytes, closes that direction, and reads the answer to its end.
    private static func send(_ text: String, to port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            outbound.finish()
            var answer = ByteBuffer()
            for try await var piece in inbound { answer.writeBuffer(&piece) }
            return String(buffer: answer)
        }
    }

    @Test(
        "A body that is cut off is refused, and nothing of it is kept",
        arguments: [
            "PUT /jobs/ID/artifact HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\nhello",
            "PUT /jobs/ID/artifact HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "PUT /jobs/ID/artifact HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n",
            """
            PATCH /jobs/ID HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r
            {"schedule":"@hourly"}
            """,
        ]
    )
    func cutOff(request: String) async throws {
        let api = try TestAPI()
        try await api.test(.live) { client in
            let id = try await client.createJob(#""executable":"ZWNobw==","schedule":"@daily","type":"script""#)
            let port = try #require(client.port)
            let answer = try await Self.send(request.replacing("ID", with: id), to: port)
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.contains("/problems/malformed-request"))
            #expect(try await client.get("/jobs/\(id)").headers[.eTag] == "\"v1\"")
            #expect(try await client.get("/jobs/\(id)/artifact").text == "echo")
        }
    }

    @Test("What is no HTTP, or has too large a head, gets a problem document before it is cut off")
    func badHead() async throws {
        try await TestAPI().test(.live) { client in
            let port = try #require(client.port)
            let garbage = try await Self.send("\u{16}\u{3}\u{1}\r\n\r\n", to: port)
            #expect(garbage.hasPrefix("HTTP/1.1 400 "))
            #expect(garbage.contains("/problems/malformed-request"))
            let long = String(repeating: "a", count: 40_000)
            let head = try await Self.send("GET /jobs HTTP/1.1\r\nHost: localhost\r\nX: \(long)\r\n\r\n", to: port)
            #expect(head.hasPrefix("HTTP/1.1 431 "))
            #expect(head.contains("/problems/header-too-large"))
            #expect(try await client.get("/healthz").status == .ok)
        }
    }
}
#endif
