/* Starts the first loop and the thread pool of libuv, after a look at whether
 * the system allows it: libuv itself calls abort() where it does not. */
#ifndef HL_CLI_UV_START_H
#define HL_CLI_UV_START_H

#include <stdint.h>
#include <uv.h>

enum {
    HL_POOL_MAX = 1024, /* threads of the pool: libuv's own limit */
    HL_POOL_FILES = 4,  /* of them for files, beside those that transfer */
};

/* uv_loop_init(). @return 0 or a libuv code. */
int hl_loop_init(uv_loop_t *loop);
/* Sets the number of the pool's threads; before the pool's first use. */
void hl_pool_size(uint32_t threads);
/* Starts them now, before others take the threads that there may be. The loop
 * must then run until nothing is left to do. */
void hl_pool_start(uv_loop_t *loop);

#endif
