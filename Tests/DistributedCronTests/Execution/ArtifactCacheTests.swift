import Glibc
import Testing

@testable import DistributedCron

@Suite(.timeLimit(.minutes(5))) struct ArtifactCacheTests {
    private func script(_ number: Int, size: Int = 1_000) -> [UInt8] {
        Array("exit \(number)\n".utf8) + [UInt8](repeating: UInt8(ascii: "#"), count: size - 7)
    }

    @Test("The cache stays below its limit: what was not used for the longest time goes first")
    func limit() async throws {
        let fixture = try ExecutionFixture(cacheLimit: 4_500)
        let scripts = try (0..<6).map { try fixture.artifacts.put(self.script($0)) }
        for number in 0..<4 {
            let outcome = await fixture.run(.script(scripts[number])).outcome
            #expect(outcome == .exited(Int32(number)))
        }
        #expect(try entries(of: "\(fixture.directory)/artifacts").count == 4)
        // The oldest is used again, so the second one is the first to go.
        #expect(await fixture.run(.script(scripts[0])).outcome == .exited(0))
        #expect(await fixture.run(.script(scripts[4])).outcome == .exited(4))
        let names = try Set(entries(of: "\(fixture.directory)/artifacts"))
        #expect(names == Set([0, 2, 3, 4].map { scripts[$0].digest.hexadecimal }))
        #expect(fixture.artifacts.reads == 5)
        #expect(await fixture.run(.script(scripts[1])).outcome == .exited(1))
        #expect(fixture.artifacts.reads == 6)
    }

    @Test("What a predecessor left in the cache counts, and an artifact bigger than the limit runs all the same")
    func oversize() async throws {
        let fixture = try ExecutionFixture(cacheLimit: 2_000)
        mkdir("\(fixture.directory)/artifacts", 0o700)
        let old = String(repeating: "a", count: 64)
        let number = open("\(fixture.directory)/artifacts/\(old)", O_CREAT | O_WRONLY, 0o600)
        #expect(ftruncate(number, 1_900) == 0)
        close(number)
        let big = try fixture.artifacts.put(self.script(7, size: 5_000))
        for _ in 0..<2 { #expect(await fixture.run(.script(big)).outcome == .exited(7)) }
        #expect(try entries(of: "\(fixture.directory)/artifacts") == [big.digest.hexadecimal])
        #expect(fixture.artifacts.reads == 1)
    }
}
