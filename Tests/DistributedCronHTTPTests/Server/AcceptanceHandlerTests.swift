#if HTTP
@testable import DistributedCronHTTP
import NIOCore
import NIOEmbedded
import Testing

/// A server without descriptors rests, and comes back.
struct AcceptanceHandlerTests {
    private static func isReading(_ channel: EmbeddedChannel) -> Bool? {
        channel.options.last { $0.option is ChannelOptions.Types.AutoReadOption }?.value as? Bool
    }

    @Test("After a failed accept nothing is read for a moment, and nothing else learns of it")
    func rest() throws {
        let channel = EmbeddedChannel(handler: AcceptanceHandler())
        for _ in 0..<2 {
            channel.pipeline.fireErrorCaught(IOError(errnoCode: 24, reason: "accept"))
            #expect(Self.isReading(channel) == false)
        }
        try channel.throwIfErrorCaught()
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(100))
        #expect(Self.isReading(channel) == true)
    }

    @Test("Any other error is not its business")
    func others() {
        let channel = EmbeddedChannel(handler: AcceptanceHandler())
        channel.pipeline.fireErrorCaught(ChannelError.ioOnClosedChannel)
        #expect(throws: ChannelError.self) { try channel.throwIfErrorCaught() }
    }
}
#endif
