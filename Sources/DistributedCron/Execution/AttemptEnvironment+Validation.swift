// What a job may ask for. `JobService` refuses the rest at the edge, and the executor what got past it.
extension AttemptEnvironment {
    private static let reservedNames: Set<String> = [
        "BASH_ENV", "BASHOPTS", "ENV", "GLIBC_TUNABLES", "IFS", "PS4", "SHELLOPTS",
    ]

    /// What is wrong with the name of a variable of a job's own, for people; nil if nothing is.
    ///
    /// A name consists of letters, digits and underscores and does not begin with a digit. What changes how the dynamic
    /// loader or the shell themselves work is not for jobs: `LD_*`, `ENV`, `IFS` and their like.
    public static func problem(withName name: String) -> String? {
        guard let first = name.utf8.first else { return "the name of a variable is empty" }
        let isWord = name.utf8.allSatisfy { self.isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isWord, self.isLetter(first) else {
            return "\(name.debugDescription) is no name of a variable: letters, digits and underscores are allowed"
        }
        guard !name.hasPrefix("LD_"), !self.reservedNames.contains(name) else {
            return "the variable \(name) changes how the loader or the shell work and cannot be set"
        }
        return nil
    }

    /// What is wrong with the variables of a job's own, for people; nil if nothing is.
    public static func problem(with variables: [String: String]) -> String? {
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
            if let problem = self.problem(withName: name) { return problem }
            guard SpawnRequest.isPassable(value) else { return "the variable \(name) holds a NUL character" }
        }
        return nil
    }

    /// What is wrong with a working directory as such, for people; nil if nothing is.
    ///
    /// Whether it exists is known only where and when the job runs.
    public static func problem(withWorkingDirectory path: String) -> String? {
        guard path.hasPrefix("/") else { return "the working directory is not an absolute path" }
        guard SpawnRequest.isPassable(path) else { return "the working directory holds a NUL character" }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }
}
