#include "util/error.h"

#include <stdbool.h>
#include <string.h>
#include <uv.h>

static bool is_known(int code)
{
    switch (code) {
#define X(name, text) case UV_##name:
        UV_ERRNO_MAP(X)
#undef X
        return true;
    default:
        return false;
    }
}

const char *hl_strerror(int code)
{
    if (is_known(code))
        return uv_strerror(code);
    const char *text = strerrordesc_np(-code);
    return text != NULL ? text : "unknown error";
}
