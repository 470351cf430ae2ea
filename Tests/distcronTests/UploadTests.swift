import DistributedCronHTTP
import DistributedCronProcess
import Foundation
import NIOCore
import Testing

@testable import distcron

/// Files on their way to a server.
struct UploadTests {
    private static func withFile<Result>(_ bytes: Data, _ work: (String) async throws -> Result) async throws -> Result
    {
        let path = FileManager.default.temporaryDirectory.appending(path: "distcron-\(UUID())").path()
        try bytes.write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await work(path)
    }

    private static func document(_ upload: Upload) async throws -> [UInt8] {
        try await UploadPieces(upload: upload).reduce(into: []) { $0 += Array($1.readableBytesView) }
    }

    @Test(
        "A file becomes a member of the document, whatever its length is, and the length is known before",
        arguments: [0, 1, 2, 3, 4, UploadPieces.pieceBytes - 1, UploadPieces.pieceBytes, UploadPieces.pieceBytes + 1]
    )
    func document(count: Int) async throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await Self.withFile(Data(bytes)) { path in
            let upload = try Upload(path, as: "executable", in: [JSONMember("schedule", "\"@daily\"")])
            #expect(upload.size == count)
            // Twice, as after a connection that was lost.
            for _ in 1...2 {
                let document = try await Self.document(upload)
                #expect(document.count == upload.length)
                let json = try JSONParser.parse(document)
                #expect(json["schedule"]?.string == "\"@daily\"")
                #expect(try Base64.decode(json["executable"]?.string ?? "") == bytes)
            }
        }
    }

    @Test("A file that grows or shrinks on the way is noticed", arguments: [3, 5])
    func changed(count: Int) async throws {
        try await Self.withFile(Data([1, 2, 3, 4])) { path in
            let upload = try Upload(path, as: "executable", in: [])
            try Data(repeating: 1, count: count).write(to: URL(filePath: path))
            let failure = try await #require(throws: Failure.self) { try await Self.document(upload) }
            #expect(failure.code == .noInput)
        }
    }

    @Test("What cannot be read is refused before a server is asked", arguments: ["/nowhere", "/tmp"])
    func refused(path: String) throws {
        let failure = try #require(throws: Failure.self) { try Upload(path, as: "executable", in: []) }
        #expect(failure.code == .noInput)
    }
}
