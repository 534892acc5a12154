#include "policy/naming.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/fingerprint.h"

const char *hl_naming_objection(int code)
{
    return code == -ENODATA ? "no id, by which its file would be named"
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
    return n < (int)sizeof(whole) ? hl_name_given(name, whole)
                                  : UV_ENAMETOOLONG;
}

int hl_naming_wanted(char name[HL_NAME_SIZE], const char *output,
                     const struct haul_request *request,
                     const struct hl_url *url)
{
    const struct hl_name_source source = {
        .url = url,
        .id = request->id,
        .line = request->line,
    };
    const char *given = request->output;
    if (given == NULL || given[strspn(given, " \t\r\n")] == '\0')
        return hl_name_make(name, output, &source);
    size_t length = strlen(given);
    if (length > 0 && given[length - 1] == '/')
        return name_in(name, given, output, &source);
    return hl_name_given(name, given);
}

int hl_naming_hashed(char name[HL_NAME_SIZE], uint64_t fingerprint)
{
    char hash[HL_FINGERPRINT_HEX_SIZE];
    char hashed[HL_NAME_SIZE];
    hl_fingerprint_hex(hash, fingerprint);
    int r = hl_name_with_hash(hashed, name, hash);
    if (r == 0)
        memcpy(name, hashed, strlen(hashed) + 1);
    return r;
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
    r = hl_naming_wanted(name, output != NULL ? output : HL_DEFAULT_OUTPUT,
                         request, &url);
    hl_url_release(&url);
    *why = hl_naming_objection(r);
    if (r < 0)
        return HAUL_EINVAL;
    size_t length = strlen(name);
    if (length >= size)
        return UV_ENOBUFS;
    memcpy(out, name, length + 1);
    return 0;
}
