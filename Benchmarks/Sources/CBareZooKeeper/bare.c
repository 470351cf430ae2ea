#ifdef DISTCRON_ZOOKEEPER
#include "CBareZooKeeper.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#ifndef THREADED
#define THREADED 1
#endif
#include <zookeeper/zookeeper.h>

enum { path_size = 512, patience = 10 };

struct distcron_bare_session {
    zhandle_t *handle;
    // What follows changes under the lock, on the client's threads too.
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int is_connected;
    int under_way;
    int has_failed;
};

static void note_state(zhandle_t *handle, int type, int state, const char *path, void *context) {
    (void)handle;
    (void)path;
    if (type != ZOO_SESSION_EVENT) return;
    distcron_bare_session *session = context;
    pthread_mutex_lock(&session->lock);
    session->is_connected = state == ZOO_CONNECTED_STATE;
    pthread_cond_broadcast(&session->changed);
    pthread_mutex_unlock(&session->lock);
}

static int await_connection(distcron_bare_session *session) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += patience;
    pthread_mutex_lock(&session->lock);
    int code = 0;
    while (!session->is_connected && code == 0) code = pthread_cond_timedwait(&session->changed, &session->lock, &end);
    int is_connected = session->is_connected;
    pthread_mutex_unlock(&session->lock);
    return is_connected;
}

distcron_bare_session *distcron_bare_connect(const char *servers) {
    distcron_bare_session *session = calloc(1, sizeof *session);
    if (!session) return NULL;
    pthread_mutex_init(&session->lock, NULL);
    pthread_cond_init(&session->changed, NULL);
    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    session->handle = zookeeper_init(servers, note_state, 1000 * patience, NULL, session, 0);
    if (session->handle && await_connection(session)) return session;
    distcron_bare_disconnect(session);
    return NULL;
}

void distcron_bare_disconnect(distcron_bare_session *session) {
    // No thread of the client is left after that.
    if (session->handle) zookeeper_close(session->handle);
    pthread_cond_destroy(&session->changed);
    pthread_mutex_destroy(&session->lock);
    free(session);
}

int distcron_bare_make(distcron_bare_session *session, const char *path) {
    return zoo_create(session->handle, path, NULL, -1, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, NULL, 0);
}

int distcron_bare_size(distcron_bare_session *session, const char *path) {
    char byte;
    int length = 1;
    struct Stat stat;
    int code = zoo_get(session->handle, path, 0, &byte, &length, &stat);
    return code == ZOK ? stat.dataLength : -1;
}

// Waits for room for one more call, and takes it.
static void begin(distcron_bare_session *session, int window) {
    pthread_mutex_lock(&session->lock);
    while (session->under_way >= window) pthread_cond_wait(&session->changed, &session->lock);
    session->under_way += 1;
    pthread_mutex_unlock(&session->lock);
}

static void finish(distcron_bare_session *session, int code) {
    pthread_mutex_lock(&session->lock);
    session->under_way -= 1;
    if (code != ZOK) session->has_failed = 1;
    pthread_cond_signal(&session->changed);
    pthread_mutex_unlock(&session->lock);
}

static void note_creation(int code, const char *value, const void *context) {
    (void)value;
    finish((distcron_bare_session *)context, code);
}

static void note_removal(int code, const void *context) { finish((distcron_bare_session *)context, code); }

// Waits until no call is under way; whether all were fine.
static int await_all(distcron_bare_session *session) {
    pthread_mutex_lock(&session->lock);
    while (session->under_way > 0) pthread_cond_wait(&session->changed, &session->lock);
    int is_well = !session->has_failed;
    session->has_failed = 0;
    pthread_mutex_unlock(&session->lock);
    return is_well;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

double distcron_bare_creates(distcron_bare_session *session, const char *parent, int bytes, int nodes, int window) {
    char path[path_size], *data = calloc(1, bytes > 0 ? bytes : 1);
    if (!data) return -1;
    double start = seconds();
    for (int number = 0; number < nodes; number++) {
        snprintf(path, sizeof path, "%s/%010d", parent, number);
        begin(session, window);
        // The client copies the path and the data.
        int code = zoo_acreate(
            session->handle, path, data, bytes, &ZOO_OPEN_ACL_UNSAFE, ZOO_PERSISTENT, note_creation, session
        );
        if (code != ZOK) finish(session, code);
    }
    int is_well = await_all(session);
    double rate = nodes / (seconds() - start);
    free(data);
    return is_well ? rate : -1;
}

int distcron_bare_removes(distcron_bare_session *session, const char *parent, int nodes, int window) {
    char path[path_size];
    for (int number = 0; number < nodes; number++) {
        snprintf(path, sizeof path, "%s/%010d", parent, number);
        begin(session, window);
        int code = zoo_adelete(session->handle, path, -1, note_removal, session);
        if (code != ZOK) finish(session, code);
    }
    return !await_all(session);
}
#endif
