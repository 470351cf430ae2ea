#include "CHeapUse.h"
#include <malloc.h>

uint64_t distcron_heap_bytes(void) {
    struct mallinfo2 information = mallinfo2();
    return information.uordblks + information.hblkhd;
}
