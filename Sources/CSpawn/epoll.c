#include "CSpawn.h"

#include <errno.h>
#include <sys/epoll.h>

#define MAXIMUM_EVENTS 64

int distcron_epoll_open(int *epoll) {
    *epoll = epoll_create1(EPOLL_CLOEXEC);
    return *epoll < 0 ? errno : 0;
}

int distcron_epoll_add(int epoll, int descriptor, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0 ? errno : 0;
}

int distcron_epoll_remove(int epoll, int descriptor) {
    struct epoll_event unused = {0};
    return epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &unused) < 0 ? errno : 0;
}

int distcron_epoll_wait(int epoll, uint64_t *tokens, int capacity, int *count) {
    struct epoll_event events[MAXIMUM_EVENTS];
    *count = 0;
    int found = epoll_wait(epoll, events, capacity < MAXIMUM_EVENTS ? capacity : MAXIMUM_EVENTS, -1);
    if (found < 0) return errno == EINTR ? 0 : errno;
    for (int index = 0; index < found; index++) tokens[index] = events[index].data.u64;
    *count = found;
    return 0;
}
