#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Files that commands read.
enum InputFile {
    /// The content of a file as BASE64.
    ///
    /// - Throws: ``Failure`` if the file cannot be read.
    static func base64(_ path: String) throws -> String {
        do {
            return try Data(contentsOf: URL(filePath: path)).base64EncodedString()
        } catch {
            throw Failure(.noInput, "cannot read \(path)", help: "check the name and the permissions of the file")
        }
    }
}
