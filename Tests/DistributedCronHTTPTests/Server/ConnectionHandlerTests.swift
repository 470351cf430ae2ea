#if HTTP
@testable import DistributedCronHTTP
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import Testing

/// Who is cut off, and when.
struct ConnectionHandlerTests {
    private static let limits: ConnectionLimits = {
        var limits = ConnectionLimits()
        limits.connections = 4
        return limits
    }()

    private static func channel(_ gauge: ConnectionGauge = ConnectionGauge(limits: limits)) throws -> EmbeddedChannel {
        let handler = ConnectionHandler(limits: Self.limits, gauge: gauge, path: "")
        let channel = EmbeddedChannel(handler: handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private static func head(_ method: HTTPRequest.Method = .post, length: Int? = nil) -> HTTPRequestPart {
        var fields: HTTPFields = [:]
        fields[.contentLength] = length.map { String($0) }
        return .head(
            HTTPRequest(method: method, scheme: "http", authority: "localhost", path: "/jobs", headerFields: fields)
        )
    }

    private static func body(_ count: Int) -> HTTPRequestPart {
        .body(ByteBuffer(repeating: 0x20, count: count))
    }

    private static func answer(_ channel: EmbeddedChannel, headers: HTTPFields = [:]) throws -> HTTPResponse? {
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok, headerFields: headers)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
        let written = try Self.head(in: channel)
        while try channel.readOutbound(as: HTTPResponsePart.self) != nil {}
        return written
    }

    private static func head(in channel: EmbeddedChannel) throws -> HTTPResponse? {
        guard case .head(let head) = try channel.readOutbound(as: HTTPResponsePart.self) else { return nil }
        return head
    }

    @Test("A connection without a request is closed after a minute")
    func idle() throws {
        let channel = try Self.channel()
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("The minute begins again after each answer")
    func keepAlive() throws {
        let channel = try Self.channel()
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        try channel.writeInbound(Self.head(.get))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        _ = try Self.answer(channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test("An answer may take as long as it takes")
    func longAnswer() throws {
        let channel = try Self.channel()
        try channel.writeInbound(Self.head(.get))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(channel.isActive)
        #expect(try Self.answer(channel)?.status == .ok)
    }

    @Test("A body that drips is answered with 408 and cut off, however regularly it drips")
    func slowBody() throws {
        let channel = try Self.channel()
        try channel.writeInbound(Self.head(length: 1_000))
        for _ in 0..<30 {
            try channel.writeInbound(Self.body(1))
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        }
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        let head = try Self.head(in: channel)
        #expect(head?.status == .requestTimeout)
        #expect(head?.headerFields[.contentType] == "application/problem+json")
        #expect(head?.headerFields[.connection] == "close")
        #expect(!channel.isActive)
    }

    @Test("A body that comes steadily may take long")
    func steadyBody() throws {
        let channel = try Self.channel()
        try channel.writeInbound(Self.head(length: 1_000_000))
        for _ in 0..<600 {
            try channel.writeInbound(Self.body(500))
            channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        }
        #expect(channel.isActive)
    }

    @Test("After a refusal a little of the body is still read and thrown away, so that the connection can be kept")
    func refusedSmall() throws {
        let channel = try Self.channel()
        try channel.writeInbound(Self.head(length: 1_000))
        #expect(try Self.answer(channel)?.headerFields[.connection] == nil)
        while try channel.readInbound(as: HTTPRequestPart.self) != nil {}
        try channel.writeInbound(Self.body(1_000))
        #expect(try channel.readInbound(as: HTTPRequestPart.self) == nil)
        try channel.writeInbound(HTTPRequestPart.end(nil))
        #expect(try channel.readInbound(as: HTTPRequestPart.self) == .end(nil))
        #expect(channel.isActive)
        try channel.writeInbound(Self.head(.get))
        #expect(try channel.readInbound(as: HTTPRequestPart.self) != nil)
    }

    @Test("A client that goes on sending what was refused is cut off", arguments: [nil, 100_000_000])
    func refusedLarge(length: Int?) throws {
        let channel = try Self.channel()
        try channel.writeInbound(Self.head(length: length))
        #expect(try Self.answer(channel)?.headerFields[.connection] == "close")
        try channel.writeInbound(Self.body(256 * 1_024))
        #expect(channel.isActive)
        try channel.writeInbound(Self.body(1))
        #expect(!channel.isActive)
    }

    @Test("A client that sends nothing more of what was refused is cut off too")
    func refusedSilent() throws {
        let channel = try Self.channel()
        try channel.writeInbound(Self.head(length: 1_000))
        _ = try Self.answer(channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!channel.isActive)
    }

    @Test("A connection is closed after an answer that says so")
    func closeAfterAnswer() throws {
        let channel = try Self.channel()
        try channel.writeInbound(Self.head(.get))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        _ = try Self.answer(channel, headers: [.connection: "close"])
        #expect(!channel.isActive)
    }

    @Test("A client that reads nothing is cut off after a minute")
    func unread() throws {
        let channel = try Self.channel()
        try channel.writeInbound(Self.head(.get))
        try channel.writeInbound(HTTPRequestPart.end(nil))
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
        channel.embeddedEventLoop.advanceTime(by: .seconds(59))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
    }

    @Test(
        "A head that is no HTTP, or too large, is answered with a problem document",
        arguments: [(HTTPParserError.headerOverflow, 431), (.invalidMethod, 400)]
    )
    func badHead(error: HTTPParserError, status: Int) throws {
        let channel = try Self.channel()
        channel.pipeline.fireErrorCaught(error)
        #expect(try Self.head(in: channel)?.status.code == status)
        #expect(!channel.isActive)
    }

    @Test("In a crowd nobody may idle for long")
    func crowd() throws {
        let gauge = ConnectionGauge(limits: Self.limits)
        let channel = try Self.channel(gauge)
        channel.embeddedEventLoop.advanceTime(by: .seconds(30))
        #expect(channel.isActive)
        for _ in 0..<4 { gauge.connectionOpened() }
        #expect(!gauge.isAcceptingNewConnections())
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(!channel.isActive)
    }
}
#endif
