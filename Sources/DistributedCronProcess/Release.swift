/// Which release this is.
package enum Release {
    /// The version of the tool and of the servers.
    package static let version = "0.1.0"
}
