#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Who listens on a port of this machine, as far as Linux lets this user see (proc(5)).
enum PortHolder {
    /// Such as `python3 (process 4711)`, or nil if nobody is found.
    static func name(port: Int) -> String? {
        let inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { Self.listeners(in: $0, port: port) }
        guard !inodes.isEmpty else { return nil }
        let sockets = Set(inodes.map { "socket:[\($0)]" })
        let files = FileManager.default
        for process in (try? files.contentsOfDirectory(atPath: "/proc")) ?? [] where Int(process) != nil {
            let descriptors = (try? files.contentsOfDirectory(atPath: "/proc/\(process)/fd")) ?? []
            let isHolder = descriptors.contains { descriptor in
                (try? files.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(descriptor)")).map(
                    sockets.contains
                )
                    ?? false
            }
            guard isHolder else { continue }
            let name = (try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)) ?? "a process"
            return "\(name.split(separator: "\n").first ?? "a process") (process \(process))"
        }
        return nil
    }

    /// The inodes of sockets that listen: state 0A, the port in hexadecimal after the address.
    private static func listeners(in path: String, port: Int) -> [Substring] {
        let hexadecimal = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: max(0, 4 - hexadecimal.count)) + hexadecimal
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[1].hasSuffix(suffix), fields[3] == "0A" else { return nil }
            return fields[9]
        }
    }
}
