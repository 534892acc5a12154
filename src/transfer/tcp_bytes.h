/* How many bytes of a TCP connection have been read, as the kernel counts. */
#ifndef HL_TRANSFER_TCP_BYTES_H
#define HL_TRANSFER_TCP_BYTES_H

#include <stdint.h>

/* Bytes that have come, and that nobody has read yet. 0 where fd does not
 * tell. */
uint64_t hl_tcp_bytes_waiting(int fd);
/* Bytes that have been read since the connection was made. UINT64_MAX: not
 * known, because fd does not tell, or because bytes come all the time. Where
 * the other end has closed, the kernel counts one byte more. */
uint64_t hl_tcp_bytes_read(int fd);

#endif
