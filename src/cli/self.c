#include "cli/self.h"

#include <stdint.h>
#include <sys/auxv.h>
#include <unistd.h>

const char *hl_self(void)
{
    static const char link[] = "/proc/self/exe";
    return access(link, X_OK) == 0
               ? link
               : (const char *)(uintptr_t)getauxval(AT_EXECFN);
}
