#include "origin/mhd.h"

#include <assert.h>
#include <dlfcn.h>
#include <string.h>
#include <uv.h>

struct hl_mhd hl_mhd;

int hl_mhd_load(void)
{
    static const char *const names[] = {
#define X(name) "MHD_" #name,
        HL_MHD_MAP(X)
#undef X
    };
    enum { COUNT = sizeof(names) / sizeof(*names) };
    void *functions[COUNT];
    static_assert(sizeof(functions) == sizeof(hl_mhd), "one for each name");
    void *library = dlopen(HL_MHD_FILE, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return UV_ENOSYS;
    for (size_t i = 0; i < COUNT; i++) {
        functions[i] = dlsym(library, names[i]);
        if (functions[i] == NULL)
            return UV_ENOSYS;
    }
    memcpy(&hl_mhd, functions, sizeof(hl_mhd));
    return 0;
}
