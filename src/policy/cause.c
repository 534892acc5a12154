#include "policy/cause.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/redirect.h"
#include "util/fnv.h"

static bool status_is_passing(long status)
{
    return status == 202 || status == 408 || status == 425 || status == 429 ||
           (status >= 500 && status < 600);
}

enum hl_cause hl_cause_of(enum haul_error error, long http_status)
{
    switch (error) {
    case HAUL_ERR_DNS:
    case HAUL_ERR_CONNECT:
    case HAUL_ERR_TIMEOUT:
    case HAUL_ERR_STALLED:
    case HAUL_ERR_TRUNCATED:
    case HAUL_ERR_PROTOCOL:
    case HAUL_ERR_HOST:
    case HAUL_ERR_WORKER:
    case HAUL_ERR_PROXY:
        return HL_CAUSE_PASSING;
    case HAUL_ERR_HTTP:
        /* A proxy wants a password: nobody has asked the server yet. */
        if (http_status == 407)
            return HL_CAUSE_LOCAL;
        return status_is_passing(http_status) ? HL_CAUSE_PASSING
                                              : HL_CAUSE_FINAL;
    case HAUL_ERR_IO:
    case HAUL_ERR_DISK_FULL:
    case HAUL_ERR_CANCELLED:
        return HL_CAUSE_LOCAL;
    case HAUL_ERR_TLS:
    case HAUL_ERR_TYPE:
    case HAUL_ERR_TOO_LARGE:
    case HAUL_ERR_BLOCKED:
    case HAUL_ERR_REDIRECT:
    case HAUL_ERR_CHECKSUM:
        return HL_CAUSE_OPTIONS;
    default:
        return HL_CAUSE_FINAL;
    }
}

bool hl_cause_is_final(const struct hl_failure *failure,
                       const struct haul_options *options, const char *checksum)
{
    char options_hash[HL_OPTIONS_HASH_SIZE];
    switch (hl_cause_of(failure->error, failure->http_status)) {
    case HL_CAUSE_FINAL:
        return true;
    case HL_CAUSE_OPTIONS:
        hl_cause_options_hash(options_hash, options, failure->error, checksum);
        return failure->options_hash != NULL &&
               strcmp(failure->options_hash, options_hash) == 0;
    default:
        return false;
    }
}

void hl_cause_resolve(struct haul_options *o)
{
    if (o->max_redirs == 0)
        o->max_redirs = 10;
    else if (o->max_redirs == HAUL_NONE)
        o->max_redirs = 0;
}

/* The hash tells settings apart, and nobody has a reason to forge one. */
static void mix(uint64_t *hash, const char *text)
{
    *hash = hl_fnv_add_text(*hash, text != NULL ? text : "");
    *hash = hl_fnv_add(*hash, "\xff", 1);
}

static void mix_number(uint64_t *hash, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRIu64, number);
    mix(hash, text);
}

void hl_cause_options_hash(char out[HL_OPTIONS_HASH_SIZE],
                           const struct haul_options *o, enum haul_error error,
                           const char *checksum)
{
    uint64_t hash = HL_FNV_BASIS;
    out[0] = '\0';
    switch (error) {
    case HAUL_ERR_TLS:
        mix(&hash, o->cacert);
        mix(&hash, o->cert);
        mix(&hash, o->key);
        mix_number(&hash, o->insecure);
        break;
    case HAUL_ERR_TYPE:
        mix(&hash, o->accept_type);
        break;
    case HAUL_ERR_TOO_LARGE:
        mix_number(&hash, o->max_filesize);
        if (o->compressed)
            mix(&hash, "decoded");
        break;
    case HAUL_ERR_BLOCKED:
        mix_number(&hash, o->block_private);
        break;
    case HAUL_ERR_REDIRECT:
        mix_number(&hash, o->max_redirs);
        /* The default is not mixed in, so that failures which earlier versions
         * recorded stay final. */
        if (hl_redirect_set(o->proto_redir) != HL_REDIRECT_TO_DEFAULT)
            mix_number(&hash, (uint64_t)hl_redirect_set(o->proto_redir));
        break;
    case HAUL_ERR_CHECKSUM:
        mix(&hash, checksum);
        break;
    default:
        return;
    }
    snprintf(out, HL_OPTIONS_HASH_SIZE, "%016" PRIx64, hash);
}

/* A list is "ITEM,ITEM...": *size becomes the length of the item at item.
 * @return where the next one begins; at the end of the list, "". */
static const char *behind_item(const char *item, size_t *size)
{
    *size = strcspn(item, ",");
    return item + *size + (item[*size] == ',');
}

/* 4 for 4xx, 5 for 5xx; else 0. */
static long class_of(const char *item, size_t size)
{
    bool is_class = size == 3 && (item[0] == '4' || item[0] == '5') &&
                    strncmp(item + 1, "xx", 2) == 0;
    return is_class ? item[0] - '0' : 0;
}

/* HAUL_OK: no error has this word, of size bytes. */
static enum haul_error error_of(const char *word, size_t size)
{
    for (int i = 1; i < HAUL_ERROR_COUNT; i++) {
        const char *known = haul_error_word((enum haul_error)i);
        if (strlen(known) == size && strncmp(known, word, size) == 0)
            return (enum haul_error)i;
    }
    return HAUL_OK;
}

static bool is_item(const char *item, size_t size)
{
    bool is_status = size == 3 && item[0] >= '1' && item[0] <= '9' &&
                     isdigit((unsigned char)item[1]) &&
                     isdigit((unsigned char)item[2]);
    return is_status || class_of(item, size) > 0 ||
           error_of(item, size) != HAUL_OK;
}

bool hl_cause_list_is_sound(const char *list)
{
    size_t size;
    const char *next;
    for (; list != NULL && *list != '\0'; list = next) {
        next = behind_item(list, &size);
        if (!is_item(list, size))
            return false;
    }
    return true;
}

static bool item_matches(const char *item, size_t size, long status,
                         const char *word)
{
    if (class_of(item, size) > 0)
        return status / 100 == class_of(item, size);
    if (item[0] >= '0' && item[0] <= '9')
        return status != 0 && strtol(item, NULL, 10) == status;
    return word != NULL && strlen(word) == size &&
           strncmp(word, item, size) == 0;
}

bool hl_cause_is_listed(const char *list, long http_status, const char *word)
{
    size_t size;
    const char *next;
    for (; list != NULL && *list != '\0'; list = next) {
        next = behind_item(list, &size);
        if (item_matches(list, size, http_status, word))
            return true;
    }
    return false;
}

enum haul_error hl_cause_error(const char *word)
{
    return word != NULL ? error_of(word, strlen(word)) : HAUL_OK;
}
