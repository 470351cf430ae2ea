import ArgumentParser
import DistributedCronHTTP
import DistributedCronProcess

/// What to run: a command, or a file that is uploaded.
struct UploadOptions: ParsableArguments {
    @Option(help: "What to run with /bin/sh -c.")
    var command: String?
    @Option(help: ArgumentHelp("A script to upload and run.", valueName: "file"), completion: .file())
    var script: String?
    @Option(help: ArgumentHelp("A binary to upload and run.", valueName: "file"), completion: .file())
    var binary: String?
    @Flag(help: "Show no progress of uploads.")
    var noProgress = false

    /// The file to upload, if there is one.
    private var file: String? { self.script ?? self.binary }

    /// How many of the options that name something to run were given.
    var count: Int { [self.command, self.script, self.binary].compactMap(\.self).count }

    /// Whether it takes a while to send what is named.
    var isLong: Bool { self.file.flatMap { try? FileReader.size($0) }.map { $0 > 1_024 * 1_024 } ?? false }

    /// Sends a job's members to a server, with the executable if there is one.
    ///
    /// - Parameters:
    ///   - changes: All of the other members.
    ///   - send: Sends what it is given.
    /// - Returns: The server's answer.
    /// - Throws: ``Failure``.
    func send(
        _ changes: JobChanges,
        _ send: (APIClient.Content) async throws -> APIClient.Answer
    ) async throws -> APIClient.Answer {
        var changes = changes
        if self.count > 0 {
            changes.set(["type"], .string(self.command != nil ? "command" : self.script != nil ? "script" : "binary"))
        }
        if let command = self.command { changes.set(["executable"], .string(command)) }
        guard let file = self.file, case .object(let members) = changes.json else {
            return try await send(.json(changes.json))
        }
        var upload = try Upload(file, as: "executable", in: members)
        if !self.noProgress {
            let name = file.split(separator: "/").last.map(String.init) ?? file
            upload.progress = UploadProgress(
                ProgressLine(name: name, total: upload.size),
                columns: StandardError.terminal?.columns
            )
        }
        do {
            let answer = try await send(.upload(upload))
            upload.progress?.end(succeeded: true)
            return answer
        } catch {
            upload.progress?.end(succeeded: false)
            throw error
        }
    }
}
