#if HTTP
import DistributedCron
import HTTPTypes
import Hummingbird
import NIOCore

extension JobsAPI {
    /// Whether control sequences of terminals are shown.
    private enum ANSI: String, CaseIterable {
        case keep
        case strip
    }

    /// What a client wants of a log.
    private struct LogRequest {
        let lines: Int?
        let stream: OutputTail.Stream?
        let isStripped: Bool

        init(_ query: Query) throws(Problem) {
            self.lines = try query.integer("tail", in: 1...100_000)
            self.stream = try query.choice("stream", OutputTail.Stream.self)
            self.isStripped = try query.choice("ansi", ANSI.self) == .strip
        }

        /// What is wanted of bytes that are in memory.
        func part(of bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            if self.isStripped {
                var stripper = ANSIStripper()
                bytes = stripper.strip(bytes)
            }
            return self.lines.map { LastLines.of(bytes, $0) } ?? bytes
        }
    }

    private static let textHeaders: HTTPFields = [
        .contentType: "text/plain; charset=utf-8", .xContentTypeOptions: "nosniff",
    ]

    /// `GET /runs/{run}/log`: what the last attempt has written so far, all of it if that is kept.
    func readLog(_ request: APIRequest) async throws -> Response {
        let wanted = try LogRequest(request.query)
        let run = try await self.run(request)
        let tail = try await self.service.output(of: run.id) ?? OutputTail()
        if tail.droppedBytes > 0, wanted.stream == nil, run.state.isTerminal,
            let log = try await self.service.attempts(of: run.id).last.map(StoredLog.init),
            let beginning = log.beginning,
            // The last lines of what is too long to be kept are at its end, and not where that was cut off.
            log.whole != nil || wanted.lines == nil
        {
            return try await self.longLog(beginning, dropping: log.missingBytes, wanted, request.http)
        }
        let bytes = wanted.part(of: tail.bytes(of: wanted.stream))
        var headers = Self.textHeaders
        headers[.droppedBytes] = String(tail.droppedBytes)
        return try await .file(size: bytes.count, headers: headers, for: request.http) {
            AsyncThrowingStream { continuation in
                continuation.yield(bytes)
                continuation.finish()
            }
        }
    }

    /// `GET /runs/{run}/log/stream`: follows what a run writes.
    func followLog(_ request: APIRequest) async throws -> Response {
        let run = try await self.run(request)
        let header = request.http.headers[.lastEventID].flatMap { $0.isEmpty ? nil : $0 }
        let position = header.flatMap { LogPosition($0) }
        guard header == nil || position != nil else {
            throw Problem(
                .invalidField,
                [Problem.Item(field: "Last-Event-ID", message: "Last-Event-ID is not the id of an event of this log")]
            )
        }
        if position == .end, run.state.isTerminal { return Response(status: .noContent) }
        let service = self.service
        let id = run.id
        let places = LogSource.Places(
            run: { try await service.run(id) },
            follow: { service.follow(id, from: $0) },
            output: { try await service.attempts(of: id).last.map(StoredLog.init) },
            read: { try await service.read($0) }
        )
        let source = LogSource(places, clock: self.clock, after: position)
        let stream = LogStream(source: source, clock: self.clock)
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
            body: ResponseBody { writer in
                try await stream.write(to: &writer)
                try await writer.finish(nil)
            }
        )
    }

    /// A log that is too long for memory.
    private func longLog(
        _ log: Artifact,
        dropping missingBytes: Int,
        _ wanted: LogRequest,
        _ request: Request
    ) async throws -> Response {
        var headers = Self.textHeaders
        headers[.droppedBytes] = String(missingBytes)
        guard wanted.isStripped || wanted.lines != nil else {
            let tag = EntityTag("\"\(log.digest.hexadecimal)\"")
            return try await .file(size: log.size, tag: tag, headers: headers, for: request) {
                try await self.service.read(log)
            }
        }
        var start = 0
        if let lines = wanted.lines {
            var last = LastLines(lines)
            for try await piece in try await self.service.read(log) { last.read(piece) }
            start = last.start
        }
        let content = try await self.service.read(log)
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { [start] writer in
                var stripper = ANSIStripper()
                var offset = 0
                for try await piece in content {
                    let wantedPiece = Array(piece.dropFirst(max(0, start - offset)))
                    offset += piece.count
                    let text = wanted.isStripped ? stripper.strip(wantedPiece) : wantedPiece
                    if !text.isEmpty { try await writer.write(ByteBuffer(bytes: text)) }
                }
                try await writer.finish(nil)
            }
        )
    }
}
#endif
