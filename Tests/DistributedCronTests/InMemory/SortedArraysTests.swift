import DistributedCronTesting
import Testing

@testable import DistributedCron

@Suite("Sorted arrays stay sorted")
struct SortedArraysTests {
    @Test("Merging gives what sorting everything would give", arguments: [0, 1, 2, 7, 40])
    func merging(count: Int) {
        var generator = SeededGenerator(seed: testSeed())
        for _ in 0..<50 {
            let old = (0..<Int.random(in: 0...30, using: &generator)).map { _ in
                Int.random(in: 0...50, using: &generator)
            }.sorted()
            let added = (0..<count).map { _ in Int.random(in: 0...60, using: &generator) }.sorted()
            var merged = old
            merged.merge(added)
            #expect(merged == (old + added).sorted(), "merging \(added) into \(old)")
        }
    }
}
