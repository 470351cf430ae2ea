/// The identity of stored bytes: their SHA-256 (FIPS 180-4).
public struct ArtifactDigest: Sendable, Hashable {
    /// 64 lower-case hexadecimal digits.
    public let hexadecimal: String

    /// Reads 64 hexadecimal digits of lower case, or nothing else.
    public init?(hexadecimal: String) {
        let isDigest =
            hexadecimal.utf8.count == 64
            && hexadecimal.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
        guard isDigest else { return nil }
        self.init(trusted: hexadecimal)
    }

    /// Wraps digits that are known to be a digest.
    init(trusted hexadecimal: String) { self.hexadecimal = hexadecimal }
}

/// A stored file: what it hashes to and how long it is.
public struct Artifact: Sendable, Hashable {
    /// The SHA-256 of the bytes.
    public let digest: ArtifactDigest
    /// The number of bytes.
    public let size: Int

    /// Describes bytes that a store holds or is to hold.
    public init(digest: ArtifactDigest, size: Int) {
        self.digest = digest
        self.size = size
    }
}

/// What a job runs.
public enum Executable: Sendable, Hashable {
    /// A command line for `/bin/sh -c`.
    case command(String)
    /// A file with a `#!` line, or else for `/bin/sh`.
    case script(Artifact)
    /// A file that the kernel runs by itself.
    case binary(Artifact)
    /// The Swift closure that a program registered under this name.
    case closure(String)
}

extension Executable {
    /// What sort of thing is run.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A command line.
        case command
        /// A script.
        case script
        /// A binary.
        case binary
        /// A Swift closure.
        case closure
    }

    /// What sort of thing this is.
    public var kind: Kind {
        switch self {
        case .command: .command
        case .script: .script
        case .binary: .binary
        case .closure: .closure
        }
    }

    /// The file that is run, if it is one.
    public var artifact: Artifact? {
        switch self {
        case .command, .closure: nil
        case .script(let artifact), .binary(let artifact): artifact
        }
    }
}
