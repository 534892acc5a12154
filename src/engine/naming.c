#include "engine/naming.h"

#include <string.h>

#include "engine/options.h"
#include "util/hasher.h"

const char *const hl_naming_objection = "no usable file name";

int hl_naming_wanted(char name[HL_NAME_SIZE], const char *output,
                     const struct haul_request *request,
                     const struct hl_url *url)
{
    const struct hl_name_source source = {
        .url = url,
        .id = request->id,
        .line = request->line,
    };
    if (request->output != NULL)
        return hl_name_given(name, request->output);
    return hl_name_make(name, output, &source);
}

int hl_naming_hashed(char name[HL_NAME_SIZE], uint64_t print)
{
    char hash[HL_PRINT_HEX_SIZE];
    char hashed[HL_NAME_SIZE];
    hl_print_hex(hash, print);
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
    if (hl_url_parse(&url, request->url, why) < 0)
        return HAUL_EINVAL;
    int r = hl_naming_wanted(name, output != NULL ? output : HL_DEFAULT_OUTPUT,
                             request, &url);
    hl_url_release(&url);
    *why = hl_naming_objection;
    if (r < 0)
        return HAUL_EINVAL;
    size_t length = strlen(name);
    if (length >= size)
        return UV_ENOBUFS;
    memcpy(out, name, length + 1);
    return 0;
}
