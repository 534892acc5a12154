#include "policy/name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

#include "util/fingerprint.h"
#include "util/hex.h"
#include "util/text.h"

enum {
    EXTENSION_MAX = 16,
    WIDTH_MAX = 20,
    /* A filled template, before its components are cut to length. */
    RAW_SIZE = 3 * HL_URL_MAX,
    /* What a long component is cut to before it is encoded: more than
     * shorten() leaves of its beginning, and its extension. */
    BEGINNING = HL_NAME_COMPONENT_MAX + 4,
    COMPONENT_SIZE = BEGINNING + EXTENSION_MAX,
    /* Three bytes for each, and one more. */
    ENCODED_SIZE = 3 * COMPONENT_SIZE + 2,
};

/* A name that grows to its limit; once it does not fit it has failed. */
struct text {
    char *data;
    size_t size;
    size_t used;
    bool failed;
    bool lacks_id; /* {id} was to be put, and there is none */
};

static void put(struct text *out, const char *data, size_t length)
{
    if (out->failed || out->used + length >= out->size) {
        out->failed = true;
        return;
    }
    memcpy(out->data + out->used, data, length);
    out->used += length;
    out->data[out->used] = '\0';
}

/* The byte at data, which may be written with a percent sign. @return how many
 * bytes stand for it. */
static size_t decode_byte(char *out, const char *data, size_t length)
{
    int byte = data[0] == '%' && length > 2 ? hl_hex_byte(data + 1) : -1;
    *out = (char)(byte >= 0 ? byte : data[0]);
    return byte >= 0 ? 3 : 1;
}

/* Percent-decodes the character at data, or the byte there that belongs to
 * none. What must not be shown, or is no UTF-8, stays as it is. @return how
 * much of data that was. */
static size_t put_character(struct text *out, const char *data, size_t length)
{
    char character[5] = "";
    size_t ends[4] = {1};
    size_t size = 0;
    for (size_t at = 0; size < 4 && at < length; ends[size++] = at)
        at += decode_byte(&character[size], data + at, length - at);
    if ((unsigned char)character[0] < 0x80) {
        /* A slash would make a directory that the template does not ask for. */
        bool ends_name = character[0] == '/' || character[0] == '\0';
        put(out, ends_name ? "_" : character, 1);
        return ends[0];
    }
    size_t shown = hl_text_shown_length(character);
    put(out, shown > 0 ? character : data, shown > 0 ? shown : ends[0]);
    return ends[shown > 0 ? shown - 1 : 0];
}

/* Bytes at the beginning of data that stand for themselves in any name. */
static size_t plain_length(const char *data, size_t length)
{
    size_t n = 0;
    while (n < length && data[n] >= 0x20 && data[n] < 0x7f && data[n] != '%' &&
           data[n] != '/')
        n++;
    return n;
}

static void put_decoded(struct text *out, const char *data, size_t length)
{
    for (size_t i = 0; i < length;) {
        size_t plain = plain_length(data + i, length - i);
        put(out, data + i, plain);
        i += plain;
        if (i < length)
            i += put_character(out, data + i, length - i);
    }
}

/* The extension with its dot at the end of a component; NULL: it has none. */
static const char *extension(const char *component, size_t length)
{
    for (size_t i = length; i > 1; i--) {
        if (component[i - 1] != '.')
            continue;
        size_t size = length - i + 1;
        return size > 1 && size <= EXTENSION_MAX ? component + i - 1 : NULL;
    }
    return NULL;
}

static const char *last_segment(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void put_name(struct text *out, const struct hl_name_source *source)
{
    const char *name = last_segment(source->url->path);
    if (*name == '\0')
        name = "index";
    put_decoded(out, name, strlen(name));
}

/* The decoded last segment, cut at its extension. */
static void put_name_part(struct text *out, const struct hl_name_source *source,
                          bool stem)
{
    char data[HL_URL_MAX + 1];
    struct text name = {.data = data, .size = sizeof(data)};
    put_name(&name, source);
    out->failed |= name.failed;
    const char *dot = extension(data, name.used);
    size_t cut = dot != NULL ? (size_t)(dot - data) : name.used;
    if (stem)
        put(out, data, cut);
    else
        put(out, data + cut, name.used - cut);
}

static void put_stem(struct text *out, const struct hl_name_source *source)
{
    put_name_part(out, source, true);
}

static void put_ext(struct text *out, const struct hl_name_source *source)
{
    put_name_part(out, source, false);
}

static void put_host(struct text *out, const struct hl_name_source *source)
{
    put_decoded(out, source->url->host, strlen(source->url->host));
}

/* The directories of the path, each decoded by itself. */
static void put_path(struct text *out, const struct hl_name_source *source)
{
    const char *at = source->url->path;
    const char *end = last_segment(at);
    bool first = true;
    while (at < end) {
        size_t length = strcspn(at, "/");
        if (length > 0) {
            if (!first)
                put(out, "/", 1);
            put_decoded(out, at, length);
            first = false;
        }
        at += length + 1;
    }
}

static void put_query(struct text *out, const struct hl_name_source *source)
{
    if (source->url->query != NULL)
        put_decoded(out, source->url->query, strlen(source->url->query));
}

static void put_id(struct text *out, const struct hl_name_source *source)
{
    const char *id = source->id != NULL ? source->id : "";
    out->lacks_id |= hl_text_is_blank(id);
    put_decoded(out, id, strlen(id));
}

struct field {
    const char *word;
    void (*put)(struct text *out, const struct hl_name_source *source);
};

static const struct field fields[] = {
    {"name", put_name}, {"stem", put_stem}, {"ext", put_ext},
    {"host", put_host}, {"path", put_path}, {"query", put_query},
    {"id", put_id},
};

/* Digits alone; 0: no width. */
static unsigned read_width(const char *text, size_t length)
{
    unsigned width = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || width > WIDTH_MAX)
            return 0;
        width = width * 10 + (unsigned)(text[i] - '0');
    }
    return width <= WIDTH_MAX ? width : 0;
}

/* {n}, {n:07}, {hash} and {hash:3}; width is 0 where none is given. */
static bool put_numbered(struct text *out, const char *word, size_t length,
                         const struct hl_name_source *source)
{
    char text[32];
    unsigned width = 0;
    const char *colon = memchr(word, ':', length);
    size_t stem = colon != NULL ? (size_t)(colon - word) : length;
    if (colon != NULL) {
        width = read_width(colon + 1, length - stem - 1);
        if (width == 0)
            return false;
    }
    if (stem == 1 && word[0] == 'n') {
        int n = snprintf(text, sizeof(text), "%0*" PRIu64, (int)width,
                         source != NULL ? source->line : 0);
        put(out, text, (size_t)n);
        return true;
    }
    if (stem != 4 || strncmp(word, "hash", 4) != 0 || width > 16)
        return false;
    if (source != NULL) {
        hl_fingerprint_hex(text, hl_fingerprint_of(source->url->text));
        put(out, text, width > 0 ? width : 16);
    }
    return true;
}

/* One {field}; with source NULL it is only checked. */
static bool put_field(struct text *out, const char *word, size_t length,
                      const struct hl_name_source *source)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        if (strlen(fields[i].word) != length ||
            strncmp(fields[i].word, word, length) != 0)
            continue;
        if (source != NULL)
            fields[i].put(out, source);
        return true;
    }
    return put_numbered(out, word, length, source);
}

static const char *expand(struct text *out, const char *template,
                          const struct hl_name_source *source)
{
    for (const char *p = template; *p != '\0';) {
        if (*p != '{') {
            size_t length = strcspn(p, "{");
            put(out, p, length);
            p += length;
            continue;
        }
        const char *close = strchr(p, '}');
        if (close == NULL)
            return "output: has a { without a }";
        if (!put_field(out, p + 1, (size_t)(close - p - 1), source))
            return "output: has an unknown field (the fields are "
                   "{name} "
                   "{stem} {ext} "
                   "{host} {path} {query} {id} {n} {n:07} {hash} {hash:3})";
        p = close + 1;
    }
    return NULL;
}

/* Shortens a component to the limit, between characters, and keeps its
 * extension. */
static size_t shorten(char *component, size_t length, size_t limit)
{
    if (length <= limit)
        return length;
    const char *dot = extension(component, length);
    size_t kept = dot != NULL ? strlen(dot) : 0;
    size_t cut = limit - kept;
    /* A character has three bytes more at most; what has more is none. */
    for (int i = 0; i < 3 && ((unsigned char)component[cut] & 0xc0) == 0x80;
         i++)
        cut--;
    memmove(component + cut, component + length - kept, kept + 1);
    return cut + kept;
}

static bool ends_with(const char *text, size_t length, const char *suffix)
{
    size_t n = strlen(suffix);
    return length >= n && strcasecmp(text + length - n, suffix) == 0;
}

/* Copies a component, with percent signs for bytes of no UTF-8 and of
 * characters that must not be shown. Those below 0x80 are replaced later. */
static size_t encode(char out[ENCODED_SIZE], const char *component,
                     size_t length)
{
    size_t used = plain_length(component, length);
    memcpy(out, component, used);
    for (size_t i = used; i < length;) {
        size_t shown = hl_text_shown_length(component + i);
        if (shown == 0 && (unsigned char)component[i] >= 0x80) {
            snprintf(out + used, 4, "%%%02X", (unsigned char)component[i]);
            used += 3;
        } else {
            memcpy(out + used, component + i, shown > 0 ? shown : 1);
            used += shown > 0 ? shown : 1;
        }
        i += shown > 0 ? shown : 1;
    }
    out[used] = '\0';
    return used;
}

/* FAT and NTFS leave out dots and blanks at the end of a name, so that ".haul."
 * is .haul there. */
static bool is_haul(const char *component)
{
    static const char name[] = ".haul";
    size_t length = sizeof(name) - 1;
    return strncasecmp(component, name, length) == 0 &&
           component[length + strspn(component + length, ". ")] == '\0';
}

/* Makes one component safe in place, which has room for one more byte. */
static size_t make_safe(char *component, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)component[i];
        if (c < 0x20 || c == 0x7f || c == '\\')
            component[i] = '_';
    }
    if (component[0] == '-' || component[0] == '~' || is_haul(component))
        component[0] = '_';
    length = shorten(component, length, HL_NAME_COMPONENT_MAX);
    /* Names that end in .part are for temporary files alone. */
    if (!ends_with(component, length, ".part"))
        return length;
    length = shorten(component, length, HL_NAME_COMPONENT_MAX - 1);
    memcpy(component + length, "_", sizeof("_"));
    return length + 1;
}

/* Puts a component of raw, safely. */
static void put_component(struct text *name, const char *raw, size_t length)
{
    char cut[COMPONENT_SIZE + 1] = "";
    char component[ENCODED_SIZE];
    if (length > COMPONENT_SIZE) {
        memcpy(cut, raw, BEGINNING);
        memcpy(cut + BEGINNING, raw + length - EXTENSION_MAX, EXTENSION_MAX);
        raw = cut;
        length = COMPONENT_SIZE;
    }
    size_t size = encode(component, raw, length);
    put(name, component, make_safe(component, size));
}

static bool is_dots(const char *component, size_t length)
{
    return length == 0 || (length == 1 && component[0] == '.') ||
           (length == 2 && component[0] == '.' && component[1] == '.');
}

/* Splits raw, shorter than RAW_SIZE, at its slashes, and joins what is left
 * of it safely. */
static int join_safe(char out[HL_NAME_SIZE], const char *raw)
{
    struct text name = {.data = out, .size = HL_NAME_SIZE - 32};
    out[0] = '\0';
    for (const char *p = raw; *p != '\0';) {
        size_t length = strcspn(p, "/");
        if (!is_dots(p, length)) {
            if (name.used > 0)
                put(&name, "/", 1);
            put_component(&name, p, length);
        }
        p += length + (p[length] == '/');
    }
    return name.failed ? -ENAMETOOLONG : 0;
}

int hl_name_check_template(const char *template, const char **why)
{
    char data[HL_NAME_SIZE];
    struct text out = {.data = data, .size = sizeof(data)};
    *why = expand(&out, template, NULL);
    if (*why == NULL && template[0] == '\0')
        *why = "output: is empty";
    if (*why == NULL && out.failed)
        *why = "output: is too long";
    return *why == NULL ? 0 : -EINVAL;
}

int hl_name_make(char out[HL_NAME_SIZE], const char *template,
                 const struct hl_name_source *source)
{
    char raw[RAW_SIZE];
    struct text text = {.data = raw, .size = sizeof(raw)};
    raw[0] = '\0';
    expand(&text, template, source);
    if (text.lacks_id)
        return -ENODATA;
    if (text.failed)
        return -ENAMETOOLONG;
    int r = join_safe(out, raw);
    if (r == 0 && out[0] == '\0')
        memcpy(out, "index", sizeof("index"));
    return r;
}

int hl_name_given(char out[HL_NAME_SIZE], const char *name)
{
    int r = strlen(name) < RAW_SIZE ? join_safe(out, name) : -ENAMETOOLONG;
    return r == 0 && out[0] == '\0' ? -EINVAL : r;
}

int hl_name_hashed(char name[HL_NAME_SIZE], uint64_t fingerprint)
{
    char hash[HL_FINGERPRINT_HEX_SIZE];
    char hashed[HL_NAME_SIZE];
    const char *component = last_segment(name);
    const char *dot = extension(component, strlen(component));
    size_t before = dot != NULL ? (size_t)(dot - name) : strlen(name);
    hl_fingerprint_hex(hash, fingerprint);
    int n = snprintf(hashed, sizeof(hashed), "%.*s-%s%s", (int)before, name,
                     hash, dot != NULL ? dot : "");
    if (n < 0 || n >= HL_NAME_SIZE)
        return -ENAMETOOLONG;
    memcpy(name, hashed, (size_t)n + 1);
    return 0;
}

/* The length of a "-HASH" that text begins with, or 0. */
static size_t hash_length(const char *text)
{
    enum { DIGITS = HL_FINGERPRINT_HEX_SIZE - 1 };
    bool is_hash =
        text[0] == '-' && strspn(text + 1, "0123456789abcdef") >= DIGITS;
    return is_hash ? 1 + DIGITS : 0;
}

bool hl_name_is_for(const char *name, const char *wanted)
{
    while (*name != '\0') {
        if (*name == *wanted) {
            name++;
            wanted++;
            continue;
        }
        size_t hash = hash_length(name);
        if (hash == 0)
            return false;
        name += hash;
    }
    return *wanted == '\0';
}

const char *hl_name_objection(int code)
{
    return code == -ENODATA ? "no id for the file's name"
                            : "no usable file name";
}

/* The template's name in a directory that the request names. */
static int name_in(char name[HL_NAME_SIZE], const char *directory,
                   const char *output, const struct hl_name_source *source)
{
    char below[HL_NAME_SIZE];
    char whole[HL_NAME_SIZE];
    int r = hl_name_make(below, output, source);
    if (r < 0)
        return r;
    int n = snprintf(whole, sizeof(whole), "%s%s", directory, below);
    return n < (int)sizeof(whole) ? hl_name_given(name, whole) : -ENAMETOOLONG;
}

int hl_name_wanted(char name[HL_NAME_SIZE], const char *output,
                   const struct haul_request *request, const struct hl_url *url)
{
    const struct hl_name_source source = {
        .url = url,
        .id = request->id,
        .line = request->line,
    };
    const char *given = request->output;
    if (hl_text_is_blank(given))
        return hl_name_make(name, output, &source);
    size_t length = strlen(given);
    if (length > 0 && given[length - 1] == '/')
        return name_in(name, given, output, &source);
    return hl_name_given(name, given);
}

int haul_file_name(char *out, size_t size, const struct haul_options *options,
                   const struct haul_request *request, const char **why)
{
    struct hl_url url;
    char name[HL_NAME_SIZE];
    const char *output = options->output;
    int r = hl_url_parse(&url, request->url, why);
    if (r < 0)
        return r == UV_ENOMEM ? r : HAUL_EINVAL;
    r = hl_name_wanted(name, output != NULL ? output : HL_DEFAULT_OUTPUT,
                       request, &url);
    hl_url_release(&url);
    if (r < 0) {
        *why = hl_name_objection(r);
        return HAUL_EINVAL;
    }
    size_t length = strlen(name);
    if (length >= size)
        return UV_ENOBUFS;
    memcpy(out, name, length + 1);
    return 0;
}
