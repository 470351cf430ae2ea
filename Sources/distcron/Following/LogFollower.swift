import AsyncHTTPClient
import DistributedCronHTTP
import DistributedCronProcess
import NIOCore
import NIOHTTP1
import NIOPosix

/// Follows what a run writes, to its end, over however many connections that takes.
struct LogFollower {
    /// What a follower learns.
    enum Entry: Hashable {
        case text(LogStream, String)
        /// Bytes that are missed.
        case gap(Int)
        /// Another attempt begins.
        case attempt(Int)
    }

    /// Why a connection is over.
    private enum Ending {
        case run
        case connection
    }

    /// How long to wait before coming back, as often as the connection ends without anything new.
    private static let pauses: [Duration] = [
        .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8),
    ]

    let client: APIClient
    /// The run's identity.
    let run: String
    /// Takes what comes.
    let take: (Entry) throws -> Void

    /// Follows the log until the run ends.
    ///
    /// - Parameter position: The id of the last event that has been seen, or nil for the beginning.
    /// - Throws: ``Failure``; whatever `take` throws; `CancellationError`.
    func follow(from position: String? = nil) async throws {
        var lastID = position
        var failures = 0
        while true {
            let seen = lastID
            var problem = Failure(endless: self.run)
            do {
                // A server that shuts down ends its streams; its successor knows where this one was.
                guard try await self.connect(from: &lastID) == .connection else { return }
            } catch let failure as Failure where failure.code == .unavailable || failure.code == .tryAgain {
                // Where nothing was ever answered, nothing is to be expected.
                guard lastID != nil else { throw failure }
                problem = failure
            }
            failures = lastID == seen ? failures + 1 : 1
            guard failures <= Self.pauses.count else { throw problem }
            try await self.client.clock.sleep(for: Self.pauses[failures - 1])
        }
    }

    private func connect(from lastID: inout String?) async throws -> Ending {
        var request = HTTPClientRequest(url: "\(self.client.baseURL)/runs/\(self.run)/log/stream")
        request.headers.add(name: "Accept", value: "text/event-stream, application/problem+json")
        if let lastID { request.headers.add(name: "Last-Event-ID", value: lastID) }
        // The server gives a sign of life every 15 seconds.
        var configuration = APIClient.configuration
        configuration.timeout.read = .seconds(60)
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let ending: Result<Ending, any Error>
        do {
            ending = .success(try await self.read(http.execute(request, timeout: .seconds(60)), &lastID))
        } catch let error as HTTPClientError where error == .cancelled {
            ending = .failure(CancellationError())
        } catch let failure as Failure {
            ending = .failure(failure)
        } catch let error where error.isLossOfConnection || error is NIOConnectionError || error is HTTPClientError {
            ending = .failure(Failure(unreachable: self.client.baseURL, error))
        } catch {
            ending = .failure(error)
        }
        try await http.shutdown()
        return try ending.get()
    }

    private func read(_ response: HTTPClientResponse, _ lastID: inout String?) async throws -> Ending {
        guard response.status != .noContent else { return .run }
        guard response.status == .ok else {
            let body = try await response.body.collect(upTo: 1_024 * 1_024)
            throw Failure(
                APIClient.Answer(
                    status: Int(response.status.code),
                    headers: response.headers,
                    body: Array(buffer: body)
                )
            )
        }
        var parser = EventParser()
        // Even an empty log has been seen once the stream began.
        lastID = lastID ?? "0"
        for try await piece in response.body {
            for event in parser.read(piece.readableBytesView) {
                if let entry = Self.entry(event) { try self.take(entry) }
                lastID = event.id ?? lastID
                if event.name == "end" { return .run }
            }
        }
        return .connection
    }

    /// What an event says, or nil for one that later versions may have.
    private static func entry(_ event: EventParser.Event) -> Entry? {
        let data = try? JSONParser.parse(Array(event.data.utf8))
        switch event.name {
        case "log":
            guard let stream = data?["stream"]?.string.flatMap(LogStream.init(rawValue:)),
                let text = data?["text"]?.string
            else { return nil }
            return .text(stream, text)
        case "gap": return data?["dropped_bytes"]?.integer.map(Entry.gap)
        case "attempt": return data?["attempt"]?.integer.map(Entry.attempt)
        default: return nil
        }
    }
}

extension Failure {
    fileprivate init(endless run: String) {
        self.init(
            .unavailable,
            "the server ends the log of run \(run) again and again, before the run ends",
            help: "distcron logs \(run)"
        )
    }
}
