import ArgumentParser

/// One of the streams that a run writes to.
enum LogStream: String, CaseIterable, ExpressibleByArgument, Hashable {
    case stdout
    case stderr
}
