/// What takes one of the places in which attempts run.
enum PlaceUse: Sendable, Comparable {
    /// An attempt that was taken over, which runs already.
    case takenOver(TakenPlace)
    /// An attempt to launch.
    case launch(LaunchPermit)

    /// What is to be launched; nil for what runs already.
    var permit: LaunchPermit? {
        if case .launch(let permit) = self { permit } else { nil }
    }

    static func == (lhs: Self, rhs: Self) -> Bool {
        switch (lhs, rhs) {
        case (.takenOver(let one), .takenOver(let other)): one === other
        case (.launch(let one), .launch(let other)): one == other
        case (.takenOver, .launch), (.launch, .takenOver): false
        }
    }

    /// What runs is before what is to be launched, and of that the earliest instant first.
    static func < (lhs: Self, rhs: Self) -> Bool {
        switch (lhs, rhs) {
        case (.launch(let one), .launch(let other)): one < other
        case (.takenOver, .launch): true
        case (.takenOver, .takenOver), (.launch, .takenOver): false
        }
    }
}

/// The place of an attempt that was taken over.
final class TakenPlace: Sendable {
    private let end = Broadcast<Void>()

    /// The attempt has ended.
    func free() { self.end.finish() }

    /// Waits until the attempt has ended, or the task is cancelled.
    func waitUntilFree() async { for await _ in self.end.stream() {} }
}
