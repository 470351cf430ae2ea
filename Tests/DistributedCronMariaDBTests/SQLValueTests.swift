#if MariaDB
import DistributedCronMariaDB
import Testing

@Suite struct SQLValueTests {
    @Test("values of different types differ")
    func differ() {
        #expect(SQLValue.int(1) != .uint(1))
    }
}
#endif
