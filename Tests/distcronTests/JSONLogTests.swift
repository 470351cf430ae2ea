import DistributedCron
import DistributedCronProcess
import Foundation
import Logging
import Testing

/// What programs read of the servers' logs.
struct JSONLogTests {
    @Test("A message is one line of JSON with its level, its time and what it is tagged with")
    func writes() throws {
        let lines = Lock<[String]>([])
        var logger = Logger(label: "distcron-worker") { label in
            JSONLogHandler(label: label) { line in lines.withLock { $0.append(line) } }
        }
        logger[metadataKey: "distcron.worker.id"] = "w-1"
        logger.warning("Two\nlines and a \"quote\"", metadata: ["runs": "2"])
        logger.debug("not asked for")
        let line = try #require(lines.withLock { $0.count == 1 ? $0.first : nil })
        #expect(line.hasSuffix("\n") && line.dropLast().allSatisfy { $0 != "\n" })
        let members = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        #expect(members["message"] == "Two\nlines and a \"quote\"")
        #expect(members["level"] == "warning")
        #expect(members["logger"] == "distcron-worker")
        #expect(members["distcron.worker.id"] == "w-1")
        #expect(members["runs"] == "2")
        #expect(members["time"]?.firstMatch(of: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/) != nil, "\(line)")
    }
}
