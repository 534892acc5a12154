#include "policy/judge.h"

#include "policy/cause.h"
#include "policy/redirect.h"

enum {
    PROGRESS_BYTES = 64 * 1024,
    PAUSE_S_MAX = 3600,
    EXHAUSTED_MS = 200, /* until other transfers have released something */
};

static uint64_t pause_ms(const struct hl_reply *reply)
{
    uint64_t s = reply->retry_after_s;
    return (s < PAUSE_S_MAX ? s : (uint64_t)PAUSE_S_MAX) * 1000;
}

/* A proxy that fails, or refuses, tells nothing of the host. */
static enum hl_host_answer host_answer(const struct hl_reply *reply)
{
    if (reply->error == HAUL_ERR_PROXY)
        return HL_HOST_ANSWER_NONE;
    if (reply->http_status == 429 || reply->http_status == 503)
        return HL_HOST_ANSWER_BUSY;
    if (reply->answered)
        return HL_HOST_ANSWER_ANSWERED;
    return reply->connect_failed ? HL_HOST_ANSWER_UNREACHABLE
                                 : HL_HOST_ANSWER_NONE;
}

static bool went_silent(const struct hl_reply *reply)
{
    if (reply->error == HAUL_ERR_PROXY)
        return !reply->hopeless;
    return reply->connect_failed || reply->error == HAUL_ERR_DNS ||
           reply->error == HAUL_ERR_CONNECT ||
           reply->error == HAUL_ERR_TIMEOUT ||
           reply->error == HAUL_ERR_STALLED ||
           reply->error == HAUL_ERR_TRUNCATED;
}

/* A server that accepts a connection and then says nothing is there, and so is
 * the network. A connection that was open before proves nothing. */
static enum hl_network_sign network_sign(const struct hl_reply *reply)
{
    if (reply->answered)
        return HL_NETWORK_WORKS;
    if (!went_silent(reply))
        return HL_NETWORK_NO_SIGN;
    return reply->connect_failed || reply->reused ? HL_NETWORK_SILENT
                                                  : HL_NETWORK_WORKS;
}

struct hl_host_signs hl_judge_host(const struct hl_reply *reply)
{
    enum hl_host_answer answer = host_answer(reply);
    return (struct hl_host_signs){
        .answer = answer,
        .network = network_sign(reply),
        .pause_ms = answer == HL_HOST_ANSWER_BUSY ? pause_ms(reply) : 0,
    };
}

/* May another attempt in this run help? After HAUL_ERR_WORKER none may: the URL
 * has killed as many workers as it is allowed to. */
static bool is_passing(const struct hl_reply *reply,
                       const struct haul_options *options)
{
    if (!reply->hopeless &&
        hl_cause_of(reply->error, reply->http_status) == HL_CAUSE_PASSING)
        return reply->error != HAUL_ERR_WORKER;
    return hl_cause_is_listed(options->retry_on, reply->http_status,
                              haul_error_word(reply->error));
}

/* An attempt that got clearly further than any before does not count as a
 * retry. */
static void count(struct hl_attempts *attempts, const struct hl_reply *reply)
{
    attempts->made++;
    if (reply->bytes >= attempts->best_part + PROGRESS_BYTES)
        attempts->best_part = reply->bytes;
    else
        attempts->counted++;
}

static bool says_nothing(const struct hl_reply *reply,
                         const struct hl_circumstances *known)
{
    return known->rotated || (reply->exhausted && !known->alone) ||
           (known->offline && went_silent(reply));
}

/* Bytes are on the output and cannot be taken back. */
static bool has_output(const struct hl_reply *reply,
                       const struct haul_options *options)
{
    return options->output_fd > 0 && reply->bytes > 0;
}

/* Nothing tells how to go on behind the bytes that are on the output. */
static bool is_stuck(const struct hl_reply *reply,
                     const struct haul_options *options)
{
    return has_output(reply, options) && reply->etag == NULL &&
           reply->last_modified == NULL;
}

/* Full jitter over a delay that doubles, never less than the server asked for.
 */
static uint64_t retry_delay_ms(const struct hl_attempts *attempts,
                               const struct hl_reply *reply,
                               const struct haul_options *options,
                               uint64_t random)
{
    uint64_t most = options->retry_delay_ms;
    for (uint32_t i = 1;
         i < attempts->counted && most < options->retry_max_delay_ms; i++)
        most *= 2;
    if (most > options->retry_max_delay_ms)
        most = options->retry_max_delay_ms;
    uint64_t delay = random % (most + 1);
    uint64_t asked = pause_ms(reply);
    return delay > asked ? delay : asked;
}

/* Must the next attempt avoid the connection that this one got stuck on?
 * libcurl closes such a connection in HTTP/1. In HTTP/2 it keeps it for other
 * requests.
 */
static bool wants_fresh(const struct hl_reply *reply)
{
    return reply->error == HAUL_ERR_PROTOCOL ||
           reply->error == HAUL_ERR_STALLED || reply->error == HAUL_ERR_TIMEOUT;
}

static void retry(struct hl_judgement *out, const struct hl_reply *reply,
                  const struct haul_options *options, uint64_t random)
{
    out->next = HL_NEXT_AGAIN;
    out->counts = true;
    out->delay_ms = retry_delay_ms(&out->attempts, reply, options, random);
    out->attempts.redirects = 0;
}

/* The same request once more: at another address, when the network is back, or
 * when other transfers have released what this one lacked. */
static void repeat(struct hl_judgement *out, const struct hl_reply *reply)
{
    out->next = HL_NEXT_AGAIN;
    out->delay_ms = reply->exhausted ? EXHAUSTED_MS : 0;
}

/* What follows from a failure that no further attempt at this URL can help. The
 * task has failed only where nothing else is left to try. */
static void fail(struct hl_judgement *out, const struct hl_reply *reply,
                 const struct haul_options *options,
                 const struct hl_circumstances *known)
{
    bool has_mirror =
        known->has_mirror && !known->sent && !has_output(reply, options);
    if (!known->adopting && !has_mirror) {
        out->next = HL_NEXT_FAILED;
    } else if (known->stopping) {
        out->next = HL_NEXT_LEFT;
    } else if (known->adopting) {
        out->next = HL_NEXT_NO_ADOPTION;
    } else {
        out->next = HL_NEXT_MIRROR;
        out->attempts.mirror++;
        out->attempts.counted = 0;
        out->attempts.redirects = 0;
    }
}

/* May nothing follow a failure, as the request is sent once? */
static bool is_over(const struct hl_circumstances *known)
{
    return known->sent && !known->as_get;
}

/* The reply tells something about the URL. */
static void judge_attempt(struct hl_judgement *out,
                          const struct hl_reply *reply,
                          const struct haul_options *options,
                          const struct hl_circumstances *known)
{
    count(&out->attempts, reply);
    if (reply->error == HAUL_OK)
        out->next = HL_NEXT_DONE;
    else if (is_over(known) || !is_passing(reply, options) ||
             is_stuck(reply, options) || out->attempts.counted > options->retry)
        fail(out, reply, options, known);
    else if (known->stopping)
        out->next = HL_NEXT_LEFT;
    else
        retry(out, reply, options, known->random);
}

/* A redirect that is not followed is a failure as any other. */
static void redirect(struct hl_judgement *out, const struct hl_reply *reply,
                     const struct haul_options *options,
                     const struct hl_circumstances *known)
{
    if (known->stopping) {
        out->next = HL_NEXT_LEFT;
        return;
    }
    /* 307 and 308 repeat the request (RFC 9110, 15.4). */
    bool keeps = reply->http_status == 307 || reply->http_status == 308;
    const struct hl_redirect asked = {
        .from = known->url,
        .keeps_request = keeps && hl_sends_once(options) && !known->as_get,
        .in_circle = known->in_circle,
        .to = reply->location,
        .followed = out->attempts.redirects,
    };
    out->redirect = hl_redirect_objection(&asked, options);
    if (out->redirect != HAUL_WHY_NONE) {
        judge_attempt(out, reply, options, known);
    } else {
        out->next = HL_NEXT_REDIRECT;
        out->as_get = hl_sends_once(options) && (known->as_get || !keeps);
        out->attempts.redirects++;
    }
}

struct hl_judgement hl_judge(const struct hl_attempts *so_far,
                             const struct hl_reply *reply,
                             const struct haul_options *options,
                             const struct hl_circumstances *known)
{
    struct hl_judgement out = {
        .next = HL_NEXT_LEFT,
        .attempts = *so_far,
        .fresh = wants_fresh(reply),
    };
    if (reply->error == HAUL_ERR_CANCELLED || reply->lost)
        return out;
    bool is_late = is_over(known) && reply->error != HAUL_OK;
    if (known->given_up)
        fail(&out, reply, options, known);
    else if (reply->error == HAUL_ERR_REDIRECT && reply->location != NULL)
        redirect(&out, reply, options, known);
    else if (reply->exists && !is_late)
        out.next = HL_NEXT_OTHER_NAME;
    else if (is_late || !says_nothing(reply, known))
        judge_attempt(&out, reply, options, known);
    else if (!known->stopping)
        repeat(&out, reply);
    return out;
}
