#pragma once
#include <stdint.h>

/// How many bytes of the heap are in use.
uint64_t distcron_heap_bytes(void);
