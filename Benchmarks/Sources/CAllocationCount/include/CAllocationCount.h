#pragma once
#include <stdint.h>

/// How often this thread has asked the allocator for memory.
uint64_t distcron_allocation_count(void);
