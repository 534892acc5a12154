/* Small files over HTTP/2 and TLS: many streams of one connection, by nghttp2.
 */
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

enum {
    WINDOW = 1 << 30, /* large enough that few updates are sent */
    STREAM_WINDOW = 1 << 20,
    RECORDS = 128 << 10, /* bytes that are read ahead */
};

struct stream {
    const struct probe_url *url;
    bool ok;     /* its status is 200 */
    size_t size; /* by content-length */
    size_t got;
    char body[PROBE_ANSWER];
};

struct h2 {
    struct probe *probe;
    SSL *ssl;
    nghttp2_session *session;
    size_t open; /* streams */
};

static void check(ssize_t r)
{
    if (r < 0)
        probe_die(nghttp2_strerror((int)r));
}

static nghttp2_nv field(const char *name, const char *value)
{
    return (nghttp2_nv){
        .name = (uint8_t *)(uintptr_t)name,
        .value = (uint8_t *)(uintptr_t)value,
        .namelen = strlen(name),
        .valuelen = strlen(value),
        .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE,
    };
}

/* Asks for the next URL, if there is any. */
static void ask(struct h2 *h2, struct stream *stream)
{
    struct probe_host *host = &h2->probe->list.hosts[0];
    if (host->next == host->end)
        return;
    stream->url = &h2->probe->list.urls[host->next++];
    stream->ok = false;
    stream->size = 0;
    stream->got = 0;
    const nghttp2_nv fields[] = {
        field(":method", "GET"),
        field(":scheme", "https"),
        field(":authority", host->authority),
        field(":path", stream->url->path),
    };
    check(nghttp2_submit_request(h2->session, NULL, fields,
                                 sizeof(fields) / sizeof(*fields), NULL,
                                 stream));
    h2->open++;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame,
                     const uint8_t *name, size_t name_size,
                     const uint8_t *value, size_t size, uint8_t flags,
                     void *arg)
{
    (void)flags;
    (void)arg;
    struct stream *stream =
        nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (name_size == 7 && memcmp(name, ":status", 7) == 0)
        stream->ok = size == 3 && memcmp(value, "200", 3) == 0;
    if (name_size == 14 && memcmp(name, "content-length", 14) == 0)
        stream->size = strtoul((const char *)value, NULL, 10);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id,
                   const uint8_t *data, size_t size, void *arg)
{
    (void)flags;
    (void)arg;
    struct stream *stream = nghttp2_session_get_stream_user_data(session, id);
    if (size > sizeof(stream->body) - stream->got)
        probe_die("an answer that is too large");
    memcpy(stream->body + stream->got, data, size);
    stream->got += size;
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error,
                    void *arg)
{
    struct h2 *h2 = arg;
    struct stream *stream = nghttp2_session_get_stream_user_data(session, id);
    if (error != 0 || !stream->ok || stream->got != stream->size)
        probe_die("an answer that is not 200, or cut");
    probe_store(h2->probe, stream->url->name, stream->body, stream->size);
    h2->open--;
    ask(h2, stream);
    return 0;
}

static nghttp2_session *new_session(struct h2 *h2)
{
    nghttp2_session *session;
    nghttp2_session_callbacks *callbacks;
    check(nghttp2_session_callbacks_new(&callbacks));
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
                                                              on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    check(nghttp2_session_client_new(&session, callbacks, h2));
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
    };
    check(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings,
                                  sizeof(settings) / sizeof(*settings)));
    check(nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                                WINDOW));
    return session;
}

/* Sends all frames that wait, as few records. */
static void send_frames(struct h2 *h2)
{
    char out[PROBE_ANSWER];
    size_t size = 0;
    const uint8_t *frame;
    ssize_t n;
    while ((n = nghttp2_session_mem_send(h2->session, &frame)) > 0) {
        if ((size_t)n > sizeof(out) - size)
            probe_die("requests that are too large");
        memcpy(out + size, frame, (size_t)n);
        size += (size_t)n;
    }
    check(n);
    if (size > 0 && SSL_write(h2->ssl, out, (int)size) != (int)size)
        probe_die("SSL_write");
}

/* Reads what is there; waits for it if that is nothing. */
static void receive_frames(struct h2 *h2)
{
    char in[SSL3_RT_MAX_PLAIN_LENGTH];
    do {
        int n = SSL_read(h2->ssl, in, sizeof(in));
        if (n <= 0)
            probe_die("SSL_read");
        check(nghttp2_session_mem_recv(h2->session, (const uint8_t *)in,
                                       (size_t)n));
    } while (SSL_has_pending(h2->ssl));
}

void probe_h2(struct probe *probe)
{
    struct probe_host *host = &probe->list.hosts[0];
    if (probe->list.host_count != 1 || probe->tls == NULL)
        probe_die("HTTP/2 is of one host, with TLS");
    struct h2 h2 = {.probe = probe};
    int fd = probe_connect(host, 0);
    h2.ssl = probe_tls(probe, host, fd);
    SSL_set_read_ahead(h2.ssl, 1);
    SSL_set_default_read_buffer_len(h2.ssl, RECORDS);
    static const unsigned char protocols[] = "\2h2";
    SSL_set_alpn_protos(h2.ssl, protocols, sizeof(protocols) - 1);
    h2.session = new_session(&h2);
    struct stream *streams = probe_alloc(probe->flight, sizeof(*streams));
    for (size_t i = 0; i < probe->flight; i++)
        ask(&h2, &streams[i]);
    while (h2.open > 0) {
        send_frames(&h2);
        receive_frames(&h2);
    }
    nghttp2_session_del(h2.session);
    SSL_free(h2.ssl);
    close(fd);
    free(streams);
}
