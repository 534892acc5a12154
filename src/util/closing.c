#include "util/closing.h"

void hl_closing_one(void *arg)
{
    struct hl_closing *closing = arg;
    if (--closing->open == 0)
        closing->closed(closing->arg);
}

static void on_uv_closed(uv_handle_t *handle)
{
    hl_closing_one(handle->data);
}

void hl_closing_handle(struct hl_closing *closing, uv_handle_t *handle)
{
    closing->open++;
    handle->data = closing;
    uv_close(handle, on_uv_closed);
}
