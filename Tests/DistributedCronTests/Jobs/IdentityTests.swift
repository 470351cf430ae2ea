import DistributedCronTesting
import DistributedCron
import Foundation
import Testing

@Suite("Identities")
struct IdentityTests {
    @Test("A job's identity is a UUID of version 7 that sorts by its creation")
    func version7() throws {
        let identities = IdentitySource(SeededGenerator(seed: testSeed()))
        let first = identities.jobID(at: Date(timeIntervalSince1970: 1_700_000_000.123))
        let second = identities.jobID(at: Date(timeIntervalSince1970: 1_700_000_000.124))
        #expect(first < second)
        let text = Array(first.description)
        #expect(text.count == 36 && text[14] == "7" && "89ab".contains(text[19]))
        // 48 bits of milliseconds, RFC 9562 5.7.
        let digits = first.description.replacingOccurrences(of: "-", with: "").prefix(12)
        #expect(UInt64(digits, radix: 16) == 1_700_000_000_123)
    }

    @Test(
        "Identities survive being written and read",
        arguments: [0, 1, UInt128.max, 0x0199_F3C2_7F1E_7C55_9D0A << 48]
    )
    func roundTrip(bits: UInt128) {
        let id = JobID(rawValue: bits)
        #expect(JobID(id.description) == id)
        #expect(JobID(id.description.uppercased()) == id)
        let run = RunID(job: id, scheduledAt: .monday(), trigger: TriggerID(rawValue: .max))
        #expect(RunID(run.description) == run)
    }

    @Test(
        "What is not an identity is refused",
        arguments: [
            "", "0", "0199f3c27f1e7c559d0a2b6f6a4c1e11", "0199f3c2-7f1e-7c55-9d0a-2b6f6a4c1e1",
            "0199f3c2-7f1e-7c55-9d0a-2b6f6a4c1e111", "0199f3c2-7f1e-7c55-9d0a-2b6f6a4c1e1g",
            "0199f3c27-f1e-7c55-9d0a-2b6f6a4c1e11", "0199f3c2-7f1e-7c55-9d0a--b6f6a4c1e11",
            "{0199f3c2-7f1e-7c55-9d0a-2b6f6a4c1}",
        ]
    )
    func refused(text: String) {
        #expect(JobID(text) == nil)
        #expect(RunID("\(text).1.0") == nil)
    }

    @Test(
        "Run identities need all three parts",
        arguments: ["a.b", "", ".", "..", "1", "1.2.3", "1.-2", "1.99999999999999999999"]
    )
    func refusedRuns(text: String) {
        #expect(RunID(text) == nil)
        #expect(RunID("\(JobID.test(1)).\(text)") == nil)
    }

    @Test("Jobs spread over the slots, so that none is hot because of how identities are made")
    func slots() {
        let identities = IdentitySource(SeededGenerator(seed: testSeed()))
        let now = Date(timeIntervalSince1970: 1_700_000_000)
        var drawn = [Int](repeating: 0, count: 64)
        var counted = drawn
        for number in 0..<64_000 {
            drawn[SlotID(of: identities.jobID(at: now), count: 64).index] += 1
            counted[SlotID(of: .test(number), count: 64).index] += 1
        }
        // 1,000 each; eight standard deviations are about 250.
        #expect(drawn.allSatisfy { (750...1_250).contains($0) })
        #expect(counted.allSatisfy { (750...1_250).contains($0) })
    }
}
