/// How many letters must be added, dropped or exchanged to turn one word into another, in any case.
///
/// For suggestions only: both words are cut at 64 bytes, which bounds the work.
func editDistance(_ first: String, _ second: String) -> Int {
    let first = first.utf8.prefix(64).map(\.uppercased)
    let second = second.utf8.prefix(64).map(\.uppercased)
    var row = Array(0...second.count)
    for (line, letter) in first.enumerated() {
        var diagonal = row[0]
        row[0] = line + 1
        for (column, other) in second.enumerated() {
            let exchanged = diagonal + (letter == other ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(exchanged, diagonal + 1, row[column] + 1)
        }
    }
    return row[second.count]
}

/// The candidate that `word` most likely means, or nil if none is close.
package func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let candidates = Array(candidates)
    let lowercased = word.lowercased()
    if let same = candidates.first(where: { $0.lowercased() == lowercased }) { return same }
    if word.utf8.count > 3, let longer = candidates.first(where: { $0.lowercased().hasPrefix(lowercased) }) {
        return longer
    }
    let limit = max(1, min(3, word.utf8.count / 3))
    let ranked = candidates.map { (name: $0, distance: editDistance(word, $0)) }
    guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return nil }
    return best.distance <= limit ? best.name : nil
}
