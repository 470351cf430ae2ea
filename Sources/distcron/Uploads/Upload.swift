import DistributedCronHTTP
import DistributedCronProcess

/// A JSON document with a file in it as BASE64, which is never in memory as a whole.
struct Upload: Sendable {
    /// What comes after the file.
    static let tail = Array("\"}\n".utf8)

    /// Where the file is.
    let path: String
    /// How many bytes it has, or nil if only its end tells, as with a pipe.
    let size: Int?
    /// What comes before the file.
    let head: [UInt8]
    /// Is told of every piece.
    var progress: UploadProgress?

    /// Puts a file into a document.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - name: The name of the member that the file becomes.
    ///   - members: The other members.
    /// - Throws: ``Failure`` if the file cannot be read, or is a directory.
    init(_ path: String, as name: String, in members: [JSONMember]) throws(Failure) {
        self.path = path
        // Whether it can be read is found out before a server is asked.
        self.size = try FileReader.size(path)
        var document: [UInt8] = []
        JSONValue.object(members + [JSONMember(name, "")]).write(to: &document)
        self.head = document.dropLast("\"}".utf8.count)
    }

    /// How many bytes the document has, or nil if only its end tells.
    var length: Int? { self.size.map { self.head.count + ($0 + 2) / 3 * 4 + Self.tail.count } }
}
