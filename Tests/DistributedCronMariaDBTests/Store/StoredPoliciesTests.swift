#if MariaDB
import DistributedCron
import Testing

@testable import DistributedCronMariaDB

/// Policies as a column has them.
///
/// The conformance suite says the same of whole jobs, but only where there is a server.
@Suite("Policies are stored as what differs from the defaults")
struct StoredPoliciesTests {
    @Test("What happens at a lapse is stored where it was chosen, and nowhere else")
    func lapse() throws {
        var policies = JobPolicies(concurrency: .allow)
        policies.recovery = .atMostOnce
        let derived = #"{"concurrency":"allow","recovery":"at_most_once"}"#
        #expect(try StoredPolicies.text(policies) == derived)
        // An older program has written no more than that either.
        #expect(try StoredPolicies.policies(derived) == policies)
        for choice in LapseConduct.allCases {
            policies.onLapseChoice = choice
            let text = try #require(try StoredPolicies.text(policies))
            let expected =
                #"{"concurrency":"allow","onLapse":"\#(choice.rawValue)","recovery":"at_most_once"}"#
            #expect(text == expected)
            #expect(try StoredPolicies.policies(text) == policies)
        }
        #expect(throws: UnreadableRow.self) { try StoredPolicies.policies(#"{"onLapse":"perhaps"}"#) }
    }
}
#endif
