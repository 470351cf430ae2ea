import Foundation
import Testing

/// The cases that fix the meaning of schedules.
enum Corpus {
    struct NextFire: Decodable, CustomStringConvertible {
        var id: String
        var expression: String
        var zone: String
        var after: String
        var next: [String]

        var description: String { "\(self.id): \(self.expression) in \(self.zone) after \(self.after)" }
    }

    struct Invalid: Decodable, CustomStringConvertible {
        var id: String
        var expression: String
        var error: String
        var field: String
        var column: Int

        var description: String { self.id }
    }

    struct Description: Decodable, CustomStringConvertible {
        var expression: String
        var english: String

        var description: String { self.expression }
    }

    static func load<Case: Decodable>(_ name: String, as type: Case.Type = Case.self) throws -> [Case] {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "jsonl", subdirectory: "Corpus"))
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        return try lines.map { try JSONDecoder().decode(Case.self, from: Data($0.utf8)) }
    }
}
