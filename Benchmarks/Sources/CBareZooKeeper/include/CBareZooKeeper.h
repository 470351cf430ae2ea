#pragma once

// What a program that uses the C client without anything between can do: the limits that the queues are held against.
// Empty unless the package's trait ZooKeeper is on.

/// A session. One call at a time.
typedef struct distcron_bare_session distcron_bare_session;

/// Begins a session, with servers as in `host:port,host:port`; NULL if none lets it in within ten seconds.
distcron_bare_session *distcron_bare_connect(const char *servers);
void distcron_bare_disconnect(distcron_bare_session *session);

/// Creates a persistent node without data that is everybody's; 0 if that worked.
int distcron_bare_make(distcron_bare_session *session, const char *path);

/// How many bytes of data a node has; negative if there is none, or it may not be read.
int distcron_bare_size(distcron_bare_session *session, const char *path);

/// Creates nodes below another, each for itself and with so many bytes of data, with so many calls under way at once.
///
/// Returns how many were created in a second; negative if anything fails.
double distcron_bare_creates(distcron_bare_session *session, const char *parent, int bytes, int nodes, int window);

/// Removes what was created so; 0 if that worked.
int distcron_bare_removes(distcron_bare_session *session, const char *parent, int nodes, int window);
