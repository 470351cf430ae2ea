#if HTTP
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Cuts off clients that hold a connection without using it: slow heads, slow bodies, answers that nobody reads.
///
/// What can be answered is answered with a problem document first.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let gauge: ConnectionGauge
    private let path: String
    private var patience: ConnectionPatience
    private var alarm: (deadline: NIODeadline, task: Scheduled<Void>)?
    private var declaredBytes: Int?
    private var hasAnswerBegun = false
    private var closesAfterAnswer = false
    private var isClosing = false

    /// Creates a handler for one connection.
    ///
    /// - Parameters:
    ///   - limits: What the client may take.
    ///   - gauge: Knows how many other clients there are.
    ///   - path: What the paths of the API begin with.
    init(limits: ConnectionLimits, gauge: ConnectionGauge, path: String) {
        self.gauge = gauge
        self.path = path
        self.patience = ConnectionPatience(limits: limits)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        self.patience.opened(at: context.eventLoop.now)
        self.setAlarm(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.alarm?.task.cancel() }

    func channelActive(context: ChannelHandlerContext) {
        self.patience.opened(at: context.eventLoop.now)
        self.setAlarm(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.isClosing = true
        self.alarm?.task.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isClosing else { return }
        let wasRefusing = self.patience.isRefusing
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.patience.headCame(at: context.eventLoop.now)
            self.declaredBytes = head.headerFields[.contentLength].flatMap { Int($0) }
        case .body(let bytes): self.patience.bodyCame(bytes.readableBytes)
        case .end:
            self.patience.endCame(at: context.eventLoop.now)
            if wasRefusing, self.closesAfterAnswer { return self.close(context) }
        }
        if self.patience.hasRefusedEnough { return self.close(context) }
        self.setAlarm(context)
        // Nobody reads what was refused; its end tells the server that the next request may come.
        if case .body = self.unwrapInboundIn(data), wasRefusing { return }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !self.isClosing else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch self.unwrapOutboundIn(data) {
        case .head(var head):
            self.hasAnswerBegun = true
            if self.isTooMuchLeft { head.headerFields[.connection] = "close" }
            if head.headerFields[.connection]?.lowercased() == "close" { self.closesAfterAnswer = true }
            context.write(self.wrapOutboundOut(.head(head)), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            self.hasAnswerBegun = false
            self.patience.responseEnded(at: context.eventLoop.now)
            self.setAlarm(context)
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            if self.closesAfterAnswer, !self.patience.isReceiving {
                written.futureResult.assumeIsolated().whenComplete { _ in self.close(context) }
            }
            context.write(data, promise: written)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.patience.readabilityChanged(isReading: context.channel.isWritable, at: context.eventLoop.now)
        self.setAlarm(context)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError, !self.isClosing else { return context.fireErrorCaught(error) }
        if self.patience.isIdle {
            self.refuse(context, error == .headerOverflow ? .headerTooLarge : .malformedRequest)
        } else if self.patience.isRefusing {
            self.close(context)
        } else {
            self.closesAfterAnswer = true
            context.fireErrorCaught(error)
        }
    }

    /// Whether an answer is about to go out while more of the body is to come than is worth reading.
    private var isTooMuchLeft: Bool {
        guard self.patience.isReceiving else { return false }
        let left = self.declaredBytes.map { $0 - self.patience.bodyBytes }
        return left.map { $0 > self.patience.limits.refusedBytes } ?? true
    }

    private func setAlarm(_ context: ChannelHandlerContext) {
        guard !self.isClosing, let (end, fault) = self.patience.deadline(isCrowded: self.gauge.isCrowded) else {
            return
        }
        var deadline = end
        if fault == .idle {
            // The crowd may come later.
            deadline = min(deadline, context.eventLoop.now + TimeAmount(self.patience.limits.crowdedIdle))
        }
        if let alarm = self.alarm {
            // A later deadline is found out about when the alarm goes off.
            guard alarm.deadline > deadline else { return }
            alarm.task.cancel()
        }
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.alarm = nil
            self.alarmWentOff(context)
        }
        self.alarm = (deadline, task)
    }

    private func alarmWentOff(_ context: ChannelHandlerContext) {
        guard !self.isClosing, let (deadline, fault) = self.patience.deadline(isCrowded: self.gauge.isCrowded) else {
            return
        }
        guard deadline <= context.eventLoop.now else { return self.setAlarm(context) }
        if fault == .slowBody, !self.hasAnswerBegun {
            self.refuse(context, .requestTimeout)
        } else {
            self.close(context)
        }
    }

    /// Answers instead of the server, and closes the connection.
    private func refuse(_ context: ChannelHandlerContext, _ kind: ProblemKind) {
        self.isClosing = true
        let body = Problem(kind, nil).document(instance: nil, path: self.path).line
        let head = HTTPResponse(
            status: kind.status,
            headerFields: [
                .contentType: "application/problem+json", .contentLength: String(body.count), .connection: "close",
            ]
        )
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(self.wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            context.close(promise: nil)
        }
    }

    private func close(_ context: ChannelHandlerContext) {
        self.isClosing = true
        context.close(promise: nil)
    }
}
#endif
