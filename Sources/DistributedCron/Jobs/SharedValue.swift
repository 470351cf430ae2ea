/// A large value that its copies share until one of them is changed: copying it counts one reference.
@propertyWrapper
struct SharedValue<Value: Sendable & Hashable>: Sendable, Hashable {
    private final class Storage: Sendable {
        let value: Value

        init(_ value: Value) { self.value = value }
    }

    private var storage: Storage

    init(wrappedValue: Value) { self.storage = Storage(wrappedValue) }

    var wrappedValue: Value {
        _read { yield self.storage.value }
        set { self.storage = Storage(newValue) }
    }

    static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.storage === rhs.storage || lhs.storage.value == rhs.storage.value
    }

    func hash(into hasher: inout Hasher) { self.storage.value.hash(into: &hasher) }
}
