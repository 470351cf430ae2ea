#define _GNU_SOURCE
#include "CSpawn.h"

#include <errno.h>
#include <sys/socket.h>

int distcron_socket_peer(int socket, uid_t *user) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return errno;
    *user = peer.uid;
    return 0;
}
