/* The words of a libuv code. */
#ifndef HL_UTIL_STRERROR_H
#define HL_UTIL_STRERROR_H

/* As uv_strerror(), but static also where libuv does not know the code: libuv
 * allocates such a text for each call. Any thread. */
const char *hl_strerror(int code);

#endif
