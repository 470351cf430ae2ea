/// A descriptor that a ``DescriptorMonitor`` watches, and that is closed together with the watch.
///
/// Created and let go of on the monitor's queue only.
final class WatchedDescriptor {
    private let descriptor: Descriptor
    private let monitor: DescriptorMonitor
    private let token: UInt64

    /// The descriptor, open for as long as this lives.
    var number: Int32 { self.descriptor.number }

    /// Takes over a descriptor and begins to watch it.
    init(
        _ descriptor: consuming Descriptor,
        by monitor: DescriptorMonitor,
        onReadable: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let number = descriptor.number
        self.token = try monitor.assumeIsolated { monitor in
            Result { () throws(SystemError) in try monitor.watch(number, onReadable: onReadable) }
        }.get()
        self.descriptor = descriptor
        self.monitor = monitor
    }

    deinit {
        let (number, token) = (self.number, self.token)
        self.monitor.assumeIsolated { $0.unwatch(number, token: token) }
    }
}
