#include "worker/letter.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void hl_letter_release(struct hl_letter *letter)
{
    free(letter->data);
    *letter = (struct hl_letter){0};
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

int hl_letter_read(struct hl_letter *letter, int fd)
{
    unsigned char head[HL_WIRE_HEAD];
    *letter = (struct hl_letter){0};
    ssize_t n = read_all(fd, head, sizeof(head));
    if (n <= 0)
        return (int)n;
    int size = hl_wire_get_head(head, &letter->frame.type);
    if (size < 0)
        return size;
    letter->data = malloc((size_t)size + 1);
    if (letter->data == NULL)
        return UV_ENOMEM;
    letter->frame.payload = letter->data;
    letter->frame.size = (size_t)size;
    n = read_all(fd, letter->data, (size_t)size);
    if (n < 0 || n < size) {
        hl_letter_release(letter);
        return n < 0 ? (int)n : HAUL_EPROTO;
    }
    return 1;
}
