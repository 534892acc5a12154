/*
 * Report and trace files from anywhere, as haul page reads them: whatever they
 * say, the page's data are JSON that its script can read, and nothing in them
 * ends the script.
 */
#include <uv.h>

#include "fuzz/check.h"
#include "fuzz/page_check.h"

enum { WHOLE_EACH = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned count;
    struct hl_page_run run = {.label = ""};
    struct hl_page_figures figures = {.has_report = false};
    int r = page_check_read(&run, &figures, data, size, "fi<le");
    check(r == 0 || r == UV_EINVAL || r == UV_EFBIG, "a run, or none");
    /* What was read before the fault has sound indexes too. */
    page_check_run(&run);
    if (r == 0 && count++ % WHOLE_EACH == 0)
        page_check_whole(&run, &figures);
    hl_page_run_release(&run);
    hl_page_figures_release(&figures);
    return 0;
}
