import Testing

@testable import DistributedCron

@Suite struct AttemptMachineTests {
    typealias Event = AttemptMachine.Event
    typealias Effect = AttemptMachine.Effect

    private func effects(of events: Event...) -> [[Effect]] {
        var machine = AttemptMachine()
        return events.map { machine.handle($0) }
    }

    @Test("A process that ends by itself takes the rest of its group with it, and its end is the outcome")
    func ownEnd() {
        #expect(
            self.effects(of: .processEnded(.exited(3)), .groupEmptied)
                == [[.killGroup, .awaitGroupEnd], [.finish(.exited(3))]]
        )
        #expect(self.effects(of: .processEnded(.signaled(11)), .groupEmptied).last == [.finish(.signaled(11))])
    }

    @Test(
        "A stopped group is asked first, killed after the grace, and the cause is the outcome whatever the exit code",
        arguments: [(Event.timeoutPassed, AttemptOutcome.timedOut), (.cancelled, .cancelled)]
    )
    func stop(cause: Event, outcome: AttemptOutcome) {
        #expect(
            self.effects(of: cause, .gracePassed, .processEnded(.signaled(9)), .groupEmptied)
                == [[.terminateGroup, .startGrace], [.killGroup], [.awaitGroupEnd], [.finish(outcome)]]
        )
        #expect(
            self.effects(of: cause, .processEnded(.exited(0)), .groupEmptied)
                == [[.terminateGroup, .startGrace], [.awaitGroupEnd], [.finish(outcome)]]
        )
    }

    @Test("What outlives a stopped main process keeps the rest of the grace, and no more")
    func restOfTheGrace() {
        #expect(
            self.effects(of: .timeoutPassed, .processEnded(.exited(0)), .gracePassed, .groupEmptied)
                == [[.terminateGroup, .startGrace], [.awaitGroupEnd], [.killGroup], [.finish(.timedOut)]]
        )
    }

    @Test("The first cause wins: what comes later changes neither the outcome nor the grace")
    func firstCause() {
        #expect(
            self.effects(of: .timeoutPassed, .cancelled, .timeoutPassed, .processEnded(.exited(0)), .groupEmptied)
                == [[.terminateGroup, .startGrace], [], [], [.awaitGroupEnd], [.finish(.timedOut)]]
        )
        #expect(
            self.effects(of: .processEnded(.exited(0)), .timeoutPassed, .cancelled, .gracePassed, .groupEmptied)
                == [[.killGroup, .awaitGroupEnd], [], [], [], [.finish(.exited(0))]]
        )
    }

    @Test("What is killed has no grace, and none any more if it was being stopped")
    func kill() {
        #expect(
            self.effects(of: .killed, .cancelled, .gracePassed, .processEnded(.signaled(9)), .groupEmptied)
                == [[.killGroup], [], [], [.awaitGroupEnd], [.finish(.cancelled)]]
        )
        #expect(
            self.effects(of: .timeoutPassed, .killed, .killed, .gracePassed, .processEnded(.signaled(9)), .groupEmptied)
                == [[.terminateGroup, .startGrace], [.killGroup], [], [], [.awaitGroupEnd], [.finish(.timedOut)]]
        )
        #expect(
            self.effects(of: .cancelled, .processEnded(.exited(0)), .killed, .gracePassed, .groupEmptied)
                == [[.terminateGroup, .startGrace], [.awaitGroupEnd], [.killGroup], [], [.finish(.cancelled)]]
        )
        #expect(
            self.effects(of: .processEnded(.exited(0)), .killed, .groupEmptied)
                == [[.killGroup, .awaitGroupEnd], [], [.finish(.exited(0))]]
        )
    }

    @Test("Whatever happens in whatever order, an attempt finishes once, after its process and its group ended")
    func everySequence() {
        let events: [Event] = [
            .timeoutPassed, .cancelled, .killed, .gracePassed, .processEnded(.exited(0)), .groupEmptied,
        ]
        var sequences: [[Event]] = [[]]
        for _ in 0..<6 { sequences = sequences.flatMap { sequence in events.map { sequence + [$0] } } }
        for sequence in sequences {
            var machine = AttemptMachine()
            var isEnded = false
            var finishes = 0
            for event in sequence {
                let effects = machine.handle(event)
                if case .processEnded = event { isEnded = true }
                guard effects.contains(where: { if case .finish = $0 { true } else { false } }) else { continue }
                finishes += 1
                #expect(isEnded && event == .groupEmptied)
            }
            #expect(finishes <= 1)
        }
    }
}
