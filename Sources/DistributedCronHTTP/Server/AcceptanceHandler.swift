#if HTTP
import NIOCore

/// Lets a listening socket rest when the process or the machine has run out of descriptors or memory.
///
/// The connection that could not be accepted stays in the kernel's queue, so the socket stays readable. NIO's own pause
/// leaves it registered, and the failing tries took two thirds of a processor (measured at the limit of descriptors).
final class AcceptanceHandler: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private static let pause = TimeAmount.milliseconds(100)
    private var isPausing = false

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
        guard !self.isPausing else { return }
        self.isPausing = true
        self.setReading(false, context)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.isPausing = false
            self.setReading(true, context)
        }
    }

    private func setReading(_ isReading: Bool, _ context: ChannelHandlerContext) {
        // A channel that is closed by now has nothing to read.
        try? context.channel.syncOptions?.setOption(.autoRead, value: isReading)
    }
}
#endif
