import Glibc

/// What is written down of an attempt beside its working directory, for a successor to find what this program leaves
/// running if it dies.
///
/// Two symbolic links hold it, because one is made by one system call, whole or not at all. They need not reach the
/// disk: they are of no use after a crash of the machine.
struct AttemptRecord {
    /// Written before there is a process: the attempt, by which a process whose number was not written is found.
    struct Intent: Equatable {
        let run: String
        let attempt: Int
        let killGrace: Duration

        /// The text of the link.
        var text: String { "\(self.run) \(self.attempt) \(Int64(self.killGrace / .milliseconds(1)))" }
    }

    /// Written as soon as there is a process.
    struct Process: Equatable {
        let boot: String
        let number: pid_t
        let startTime: UInt64

        /// The text of the link.
        var text: String { "\(self.boot) \(self.number) \(self.startTime)" }
    }

    /// What ends the names of the links; the beginning is the name of the working directory.
    static let intentSuffix = ".intent"
    /// What ends the names of the links that are written later.
    static let processSuffix = ".process"

    let intent: Intent
    let process: Process?
    /// The absolute path of the working directory.
    let place: String

    /// Reads the records in an instance's directory.
    static func all(in instance: borrowing Descriptor, path: String) -> [Self] {
        var records: [Self] = []
        for name in TreeRemoval.names(in: instance) where name.hasSuffix(self.intentSuffix) {
            let place = String(name.dropLast(self.intentSuffix.count))
            guard let intent = self.link(name, in: instance).flatMap(Intent.init) else { continue }
            let process = self.link(place + self.processSuffix, in: instance).flatMap(Process.init)
            records.append(Self(intent: intent, process: process, place: "\(path)/\(place)"))
        }
        return records
    }

    /// Whether these variables are those of a process of this attempt.
    func isShown(by environment: Set<[UInt8]>) -> Bool {
        [
            "DISTCRON_RUN_ID=\(self.intent.run)", "DISTCRON_ATTEMPT=\(self.intent.attempt)",
            "\(AttemptEnvironment.directoryName)=\(self.place)",
        ].allSatisfy { environment.contains(Array($0.utf8)) }
    }

    private static func link(_ name: String, in directory: borrowing Descriptor) -> String? {
        withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
            guard let address = buffer.baseAddress else { return nil }
            let target = address.assumingMemoryBound(to: CChar.self)
            let count = readlinkat(directory.number, name, target, buffer.count)
            return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
        }
    }
}

extension AttemptRecord.Intent {
    /// Reads the text of a link.
    init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, let attempt = Int(words[1]), let grace = Int64(words[2]) else { return nil }
        self.init(run: String(words[0]), attempt: attempt, killGrace: .milliseconds(grace))
    }
}

extension AttemptRecord.Process {
    /// Reads the text of a link.
    init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, let number = pid_t(words[1]), number > 1, let startTime = UInt64(words[2]) else {
            return nil
        }
        self.init(boot: String(words[0]), number: number, startTime: startTime)
    }

    /// Describes a process that has just been started and is not reaped yet; nil if that is unknown.
    init?(started number: pid_t, boot: String) {
        guard let status = ProcessStatus(of: number) else { return nil }
        self.init(boot: boot, number: number, startTime: status.startTime)
    }
}
