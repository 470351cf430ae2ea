public import ArgumentParser
public import DistributedCron

extension JobStatus: ExpressibleByArgument {}

extension Executable.Kind: ExpressibleByArgument {}

extension RunFilter.Trigger: ExpressibleByArgument {}
