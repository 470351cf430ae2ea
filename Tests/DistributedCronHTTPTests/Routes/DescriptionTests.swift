#if HTTP
@testable import DistributedCronHTTP
import HTTPTypes
import HummingbirdTesting
import Testing

/// The OpenAPI document says what the router does, no more and no less.
struct DescriptionTests {
    private static let described = DescribedAPI(String(decoding: PackageResources.openapi_yaml, as: UTF8.self))

    /// What the router has, in the words of the document.
    private static func routed() throws -> Set<DescribedAPI.Operation> {
        var operations: Set<DescribedAPI.Operation> = []
        for route in try TestAPI().api.routes {
            let path = route.path.split(separator: "/").map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
            for endpoint in route.endpoints {
                operations.insert(
                    .init(
                        method: endpoint.method.rawValue,
                        path: "/" + path.joined(separator: "/"),
                        query: Set(endpoint.query.map(\.name))
                    )
                )
            }
        }
        return operations
    }

    @Test("Every path, method and query parameter of the router is in the document, and none else")
    func bothDirections() throws {
        let routed = try Self.routed()
        #expect(routed.subtracting(Self.described.operations).isEmpty)
        #expect(Self.described.operations.subtracting(routed).isEmpty)
        #expect(routed.count > 20)
    }

    @Test("Every operation says how it succeeds, and what a failure looks like")
    func responses() {
        for operation in Self.described.operations {
            let statuses = Self.described.statuses["\(operation.method) \(operation.path)"] ?? []
            #expect(statuses.contains { $0.hasPrefix("2") }, "\(operation)")
            #expect(statuses.contains("default"), "\(operation)")
        }
    }

    @Test("The server shows the document")
    func served() async throws {
        try await TestAPI().test { client in
            let answer = try await client.get("/openapi.yaml")
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "application/yaml")
            #expect(answer.text.hasPrefix("openapi: 3.1.0\n"))
            #expect(answer.text.contains("version: \(JobsAPI.version)\n"))
        }
    }
}
#endif
