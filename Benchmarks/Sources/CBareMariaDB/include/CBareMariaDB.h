#pragma once
#include <stddef.h>
#include <stdint.h>

// What a program that uses libmariadb without anything between can do: the limits that the store is held against.
// Empty unless the package's trait MariaDB is on.

/// A connection. Blocking, and one thread at a time.
typedef struct distcron_bare distcron_bare;

/// Where a server is.
typedef struct {
    const char *host;
    unsigned port;
    const char *user;
    const char *password;
    const char *database;
} distcron_bare_server;

/// The values of one placeholder in all rows: numbers, or as many bytes for each row.
typedef struct {
    const int64_t *numbers;
    const uint8_t *bytes;
    size_t width;
} distcron_bare_column;

/// Connects; NULL if that fails.
distcron_bare *distcron_bare_open(const distcron_bare_server *server);
void distcron_bare_close(distcron_bare *connection);

/// What went wrong last.
const char *distcron_bare_error(const distcron_bare *connection);

/// Executes a statement without placeholders, and throws its rows away; 0 if that worked.
int distcron_bare_command(distcron_bare *connection, const char *sql);

/// The first column of a statement's first row as a number; -1 if there is none.
int64_t distcron_bare_number(distcron_bare *connection, const char *sql);

/// Writes rows with prepared statements of many rows each; 0 if that worked.
///
/// A statement is `head`, then `tuple` once for each row, with commas between, then `tail`.
int distcron_bare_write(
    distcron_bare *connection, const char *head, const char *tuple, const char *tail,
    const distcron_bare_column *columns, unsigned column_count, size_t rows, size_t rows_per_statement
);

/// Has clients, each on a thread and a connection of its own, commit single rows one after the other.
///
/// The statement has one placeholder, for 16 bytes that are another each time. Returns the commits of all of them in a
/// second, between the first client's beginning and the last one's end; negative if anything fails.
double distcron_bare_commits(const distcron_bare_server *server, const char *sql, unsigned clients, unsigned commits);
