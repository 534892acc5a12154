#include "cli/signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* What a handler can reach. */
static _Atomic(struct haul_session *) current;
static _Atomic(uv_async_t *) notice;
static atomic_uint count;
static atomic_bool state_wanted;
static atomic_bool terminal_changed;

static const int orders[] = {SIGINT, SIGTERM, SIGHUP};

static void wake_loop(void)
{
    uv_async_t *told = atomic_load(&notice);
    if (told != NULL)
        uv_async_send(told);
}

static void on_signal(int number)
{
    struct haul_session *session = atomic_load(&current);
    (void)number;
    atomic_fetch_add(&count, 1);
    if (session != NULL)
        haul_session_cancel(session);
    wake_loop();
}

static void on_state_signal(int number)
{
    (void)number;
    atomic_store(&state_wanted, true);
    wake_loop();
}

static void on_terminal_signal(int number)
{
    (void)number;
    atomic_store(&terminal_changed, true);
    wake_loop();
}

/* A hang-up that was ignored when we started, as under nohup, stays so. */
static void set(int number, void (*handler)(int))
{
    struct sigaction old;
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
        return;
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void hl_signals_catch(void (*handler)(int))
{
    for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++)
        set(orders[i], handler);
}

void hl_signals_open(struct haul_session *session, uv_async_t *async)
{
    atomic_store(&count, 0);
    atomic_store(&current, session);
    atomic_store(&notice, async);
    hl_signals_catch(on_signal);
    set(SIGUSR1, on_state_signal);
    set(SIGWINCH, on_terminal_signal);
    set(SIGCONT, on_terminal_signal);
}

/* A second Ctrl-C that comes when the first has already ended the run must not
 * kill what writes down how it ended: it is counted, and no more. */
void hl_signals_close(void)
{
    bool interrupted = atomic_load(&count) > 0;
    atomic_store(&current, NULL);
    atomic_store(&notice, NULL);
    hl_signals_catch(interrupted ? on_signal : SIG_DFL);
    set(SIGUSR1, SIG_IGN);
    set(SIGWINCH, SIG_DFL);
    set(SIGCONT, SIG_DFL);
}

bool hl_signals_state_wanted(void)
{
    return atomic_exchange(&state_wanted, false);
}

bool hl_signals_terminal_changed(void)
{
    return atomic_exchange(&terminal_changed, false);
}

unsigned hl_signals_count(void)
{
    return atomic_load(&count);
}
