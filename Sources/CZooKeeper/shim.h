#ifndef DISTRIBUTED_CRON_CZOOKEEPER_SHIM_H
#define DISTRIBUTED_CRON_CZOOKEEPER_SHIM_H

// The library with threads of its own is meant, whose header hides the calls of the one without.
#ifndef THREADED
#define THREADED 1
#endif
#include <zookeeper/zookeeper.h>

// Globals that are not constant, which Swift 6 refuses to read.

static inline const struct ACL_vector *distcron_zookeeper_acl_open(void) {
    return &ZOO_OPEN_ACL_UNSAFE;
}

static inline const struct ACL_vector *distcron_zookeeper_acl_creator(void) {
    return &ZOO_CREATOR_ALL_ACL;
}

#endif
