#include "worker/wire_io.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void hl_wire_message_release(struct hl_wire_message *message)
{
    free(message->data);
    *message = (struct hl_wire_message){0};
}

/* @return size; 0 at the end; or a negative code. */
static ssize_t read_all(int fd, unsigned char *at, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = read(fd, at + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return done == 0 ? 0 : HAUL_EPROTO;
        done += (size_t)n;
    }
    return (ssize_t)size;
}

int hl_wire_write(int fd, const unsigned char *at, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

int hl_wire_read(struct hl_wire_message *message, int fd)
{
    unsigned char head[HL_WIRE_HEAD];
    *message = (struct hl_wire_message){0};
    ssize_t n = read_all(fd, head, sizeof(head));
    if (n <= 0)
        return (int)n;
    int size = hl_wire_get_head(head, &message->frame.type);
    if (size < 0)
        return size;
    message->data = malloc((size_t)size + 1);
    if (message->data == NULL)
        return UV_ENOMEM;
    message->frame.payload = message->data;
    message->frame.size = (size_t)size;
    n = read_all(fd, message->data, (size_t)size);
    if (n < 0 || n < size) {
        hl_wire_message_release(message);
        return n < 0 ? (int)n : HAUL_EPROTO;
    }
    return 1;
}
