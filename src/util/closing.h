/*
 * Waits until all that a struct has open on a loop is closed, and then tells
 * the struct's owner. Loop thread only.
 */
#ifndef HL_UTIL_CLOSING_H
#define HL_UTIL_CLOSING_H

#include <uv.h>

/* Embedded in the struct. closed() may free it. */
struct hl_closing {
    unsigned open; /* what is not closed yet */
    void (*closed)(void *arg);
    void *arg;
};

/* Closes a handle, whose data it uses. */
void hl_closing_handle(struct hl_closing *closing, uv_handle_t *handle);
/* Something else is closed, which the owner has counted in open before. arg is
 * the struct hl_closing. */
void hl_closing_one(void *arg);

#endif
