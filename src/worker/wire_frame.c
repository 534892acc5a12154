#include "worker/wire_frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "haul/haul.h"

enum { INBOX_FIRST = 4096 };

void hl_wire_out_release(struct hl_wire_out *out)
{
    free(out->data);
    *out = (struct hl_wire_out){0};
}

unsigned char *hl_wire_reserve(struct hl_wire_out *out, size_t size)
{
    if (out->error < 0)
        return NULL;
    if (size > HL_WIRE_MAX + HL_WIRE_HEAD - (out->used - out->frame)) {
        out->error = UV_E2BIG;
        return NULL;
    }
    if (size > out->capacity - out->used) {
        size_t wanted = 2 * (out->used + size);
        unsigned char *data = realloc(out->data, wanted);
        if (data == NULL) {
            out->error = UV_ENOMEM;
            return NULL;
        }
        out->data = data;
        out->capacity = wanted;
    }
    unsigned char *at = out->data + out->used;
    out->used += size;
    return at;
}

void hl_wire_begin(struct hl_wire_out *out, uint8_t type)
{
    out->frame = out->used;
    out->error = 0;
    unsigned char *head = hl_wire_reserve(out, HL_WIRE_HEAD);
    if (head != NULL)
        head[HL_WIRE_HEAD - 1] = type;
}

int hl_wire_end(struct hl_wire_out *out)
{
    if (out->error < 0) {
        out->used = out->frame;
        return out->error;
    }
    size_t size = out->used - out->frame - HL_WIRE_HEAD;
    for (size_t i = 0; i < HL_WIRE_HEAD - 1; i++)
        out->data[out->frame + i] = (unsigned char)(size >> (8 * i));
    return 0;
}

int hl_wire_get_head(const unsigned char head[HL_WIRE_HEAD], uint8_t *type)
{
    uint32_t size = (uint32_t)head[0] | (uint32_t)head[1] << 8 |
                    (uint32_t)head[2] << 16 | (uint32_t)head[3] << 24;
    *type = head[4];
    if (size > HL_WIRE_MAX || *type < HL_WIRE_HELLO ||
        *type >= HL_WIRE_TYPE_END)
        return HAUL_EPROTO;
    return (int)size;
}

/* Moves what is not taken yet to the front. */
static void pack(struct hl_wire_inbox *inbox)
{
    inbox->used -= inbox->taken;
    if (inbox->taken > 0 && inbox->used > 0)
        memmove(inbox->data, inbox->data + inbox->taken, inbox->used);
    inbox->taken = 0;
}

size_t hl_wire_inbox_room(struct hl_wire_inbox *inbox, unsigned char **at)
{
    pack(inbox);
    if (inbox->used == inbox->capacity) {
        size_t wanted = inbox->capacity > 0 ? 2 * inbox->capacity : INBOX_FIRST;
        unsigned char *data = realloc(inbox->data, wanted);
        if (data == NULL)
            return 0;
        inbox->data = data;
        inbox->capacity = wanted;
    }
    *at = inbox->data + inbox->used;
    return inbox->capacity - inbox->used;
}

void hl_wire_inbox_add(struct hl_wire_inbox *inbox, size_t size)
{
    inbox->used += size;
}

int hl_wire_inbox_next(struct hl_wire_inbox *inbox, struct hl_wire_frame *frame)
{
    size_t left = inbox->used - inbox->taken;
    if (left < HL_WIRE_HEAD)
        return 0;
    const unsigned char *head = inbox->data + inbox->taken;
    int size = hl_wire_get_head(head, &frame->type);
    if (size < 0)
        return size;
    if (left - HL_WIRE_HEAD < (size_t)size)
        return 0;
    frame->payload = head + HL_WIRE_HEAD;
    frame->size = (size_t)size;
    inbox->taken += HL_WIRE_HEAD + (size_t)size;
    return 1;
}

void hl_wire_inbox_release(struct hl_wire_inbox *inbox)
{
    free(inbox->data);
    *inbox = (struct hl_wire_inbox){0};
}

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
