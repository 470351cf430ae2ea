import DistributedCron
import DistributedCronTesting
import Testing

/// What the judge holds runs against that users have asked for: each wrong one is found, and its right neighbour is not.
@Suite("The judge's book of requests for runs")
struct RunRequestsTests {
    private static func run(_ trigger: UInt64, minute: Int64 = 0, of job: Int = 1) -> RunID {
        RunID(job: .test(job), scheduledAt: .monday(0, minute), trigger: TriggerID(rawValue: trigger))
    }

    /// A book with one request, which was sent so often.
    private static func book(hasKey: Bool, sent: Int = 1) -> RunRequests {
        var book = RunRequests()
        for _ in 1...sent { book.send(1, for: .test(1), hasKey: hasKey) }
        return book
    }

    @Test("A request that is repeated under its key is answered with the run that it has made")
    func repeatedUnderKey() {
        var book = Self.book(hasKey: true, sent: 2)
        let made = book.answer(1, with: Self.run(5))
        #expect(made == nil)
        let again = book.answer(1, with: Self.run(5))
        #expect(again == nil)
        let another = book.answer(1, with: Self.run(5, minute: 1))
        #expect(another != nil)
        #expect(book.runs == [Self.run(5), Self.run(5, minute: 1)])
    }

    @Test("A request without a key makes another run each time")
    func repeatedWithoutKey() {
        var book = Self.book(hasKey: false, sent: 3)
        let one = book.answer(1, with: Self.run(5))
        #expect(one == nil)
        let more = book.answer(1, with: Self.run(6))
        #expect(more == nil)
        let repeated = book.answer(1, with: Self.run(6))
        #expect(repeated != nil)
    }

    @Test("An answer is a run of the job that was meant, and nobody else's")
    func answersAreOnesOwn() {
        var book = Self.book(hasKey: true)
        book.send(2, for: .test(1), hasKey: true)
        let foreign = book.answer(1, with: Self.run(5, of: 2))
        #expect(foreign != nil)
        let scheduled = book.answer(2, with: Self.run(0))
        #expect(scheduled != nil)
        book = Self.book(hasKey: true)
        book.send(2, for: .test(1), hasKey: true)
        let own = book.answer(1, with: Self.run(5))
        #expect(own == nil)
        let taken = book.answer(2, with: Self.run(5))
        #expect(taken != nil)
        let unsent = book.answer(3, with: Self.run(6))
        #expect(unsent != nil)
    }

    @Test("The ledger has one run for a request with a key, answered or not, and as many as were sent for one without")
    func ledgerHasWhatWasAskedFor() {
        let runs = [Self.run(0), Self.run(0, minute: 1), Self.run(5)]
        #expect(RunRequests().problem(of: Array(runs.prefix(2)), of: .test(1)) == nil)
        #expect(RunRequests().problem(of: runs, of: .test(1)) != nil)
        var book = Self.book(hasKey: true, sent: 3)
        #expect(book.problem(of: runs, of: .test(1)) == nil)
        #expect(book.problem(of: [Self.run(5, of: 2)], of: .test(2)) != nil)
        #expect(book.problem(of: runs + [Self.run(6)], of: .test(1)) != nil)
        let answer = book.answer(1, with: Self.run(5))
        #expect(answer == nil)
        #expect(book.problem(of: runs, of: .test(1)) == nil)
        #expect(book.problem(of: [Self.run(5), Self.run(6)], of: .test(1)) != nil)
        book = Self.book(hasKey: false, sent: 2)
        let other = book.answer(1, with: Self.run(5))
        #expect(other == nil)
        #expect(book.problem(of: [Self.run(5), Self.run(6)], of: .test(1)) == nil)
        #expect(book.problem(of: [Self.run(5), Self.run(6), Self.run(7)], of: .test(1)) != nil)
    }

    @Test("Two runs of one request are found where others had no answer, too")
    func requestsHaveNoTwoRuns() {
        let book = Self.book(hasKey: false, sent: 2)
        #expect(book.problem(of: [Self.run(5), Self.run(6)], of: .test(1)) == nil)
        #expect(book.problem(of: [Self.run(5), Self.run(5, minute: 1)], of: .test(1)) != nil)
    }
}
