#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The directories of a program.
package enum Directories {
    /// Makes a directory that a setting names, with its parents, unless it is there.
    ///
    /// - Returns: Its path.
    /// - Throws: ``Failure``.
    package static func made(_ settings: Settings, _ setting: Setting) throws -> String {
        let path = settings.value(of: setting)?.text ?? setting.fallback ?? "."
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw Failure(
                .noInput,
                "cannot make the directory \(path): \(error)",
                help: "name another in \(setting.variable)"
            )
        }
        return path
    }
}
