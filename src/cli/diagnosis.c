#include "cli/diagnosis.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/run_options.h"

#include "modes/traits.h"

/* The share of the run's time from which something counts as what slowed the
 * run down. */
static const double held_share = 0.25;
static const double busy_share = 0.7;
static const double rate_share = 0.85;
static const double host_share = 0.6;
static const double still_share = 0.5;
/* A run that is shorter than this is too short to be made faster. */
static const double told_s = 0.2;
/* A run that is shorter than this spends its processor time on its start. */
static const double start_up_s = 1;

static uint64_t transfer_us(const struct haul_times *t)
{
    return t->dns + t->connect + t->tls + t->wait + t->body + t->file;
}

void hl_diagnosis_host(char out[HL_HOST_NAME_SIZE], const char *url)
{
    const char *host = strstr(url, "://");
    host = host != NULL ? host + 3 : url;
    size_t length = strcspn(host, "/?#");
    for (size_t i = 0; i < length; i++) {
        if (host[i] == '@') {
            host += i + 1;
            length = strcspn(host, "/?#");
            i = 0;
        }
    }
    if (length >= HL_HOST_NAME_SIZE)
        length = HL_HOST_NAME_SIZE - 1;
    memcpy(out, host, length);
    out[length] = '\0';
}

static void vote(struct hl_diagnosis *d, const char *url, uint64_t us)
{
    char host[HL_HOST_NAME_SIZE];
    hl_diagnosis_host(host, url);
    if (strcmp(host, d->host) == 0) {
        d->host_votes_us += us;
        d->host_us += us;
        return;
    }
    d->several_hosts |= d->host[0] != '\0';
    if (d->host_votes_us >= us && d->host[0] != '\0') {
        d->host_votes_us -= us;
        return;
    }
    memcpy(d->host, host, sizeof(d->host));
    d->host_votes_us = us - d->host_votes_us;
    d->host_us = us;
}

void hl_diagnosis_add(struct hl_diagnosis *d, const struct haul_result *result)
{
    const struct haul_times *t = &result->times;
    if (transfer_us(t) == 0)
        return;
    d->attempted++;
    d->answered |= result->http_status != 0;
    d->hashed |= result->sha256 != NULL;
    if (result->attempts > 1)
        d->retries += result->attempts - 1;
    d->dns_us += t->dns;
    d->set_up_us += t->connect + t->tls;
    d->wait_us += t->wait;
    d->body_us += t->body;
    d->file_us += t->file;
    vote(d, result->url, transfer_us(t));
}

static double percent(double part, double whole)
{
    double share = whole > 0 ? 100 * part / whole : 0;
    return share < 100 ? share : 100;
}

static bool put_held(const struct hl_diagnosis_figures *f, char *out,
                     size_t size)
{
    double held = (double)f->stats->held_by_host_us / 1e6;
    double answers = (double)f->stats->held_by_answers_us / 1e6;
    if (held < held_share * f->seconds || held < 0.1)
        return false;
    if (answers > held / 2)
        snprintf(out, size,
                 "answers of 429 or 503 lowered how many were in flight for "
                 "%.1f s, %.0f %% of the time; --no-adapt keeps to -x",
                 answers, percent(answers, f->seconds));
    else
        snprintf(out, size,
                 "-x (%u to one host) held it back for %.1f s, %.0f %% of the "
                 "time; -x 0 lifts that",
                 f->run->max_per_host > 0 ? f->run->max_per_host : 6, held,
                 percent(held, f->seconds));
    return true;
}

static bool put_bytes(const struct hl_diagnosis_figures *f, char *out,
                      size_t size)
{
    double bytes = (double)f->stats->bytes / f->seconds;
    double asked = (double)f->run->limit_rate;
    if (asked == 0 || bytes <= rate_share * asked)
        return false;
    snprintf(out, size,
             "--limit-rate held it back: it had %.0f %% of what that allows",
             percent(bytes, asked));
    return true;
}

static bool put_starts(const struct hl_diagnosis_figures *f, const char *option,
                       uint64_t interval_ns, char *out, size_t size)
{
    double starts = (double)f->stats->attempts / f->seconds;
    double asked = interval_ns > 0 ? 1e9 / (double)interval_ns : 0;
    if (asked == 0 || starts <= rate_share * asked)
        return false;
    snprintf(out, size,
             "%s held it back: there were %.0f %% of the starts that it "
             "allows",
             option, percent(starts, asked));
    return true;
}

/* --rate-per-host counts only where there is one host: the starts are not known
 * for each host. */
static bool put_rate(const struct hl_diagnosis *d,
                     const struct hl_diagnosis_figures *f, char *out,
                     size_t size)
{
    const struct haul_options *run = f->run;
    uint64_t interval = d->several_hosts ? 0 : run->host_start_interval_ns;
    return put_bytes(f, out, size) ||
           put_starts(f, "--rate", run->start_interval_ns, out, size) ||
           put_starts(f, "--rate-per-host", interval, out, size);
}

/* A loop has one processor at most. */
static void put_busy_loop(const struct hl_diagnosis_figures *f, double share,
                          char *out, size_t size)
{
    const struct haul_loop_stats *loop = f->loop;
    char which[40] = "the loop";
    const char *lift = "more at a time (-j) will not help";
    bool several = f->run->loops > 1 && f->cores > 1;
    if (several)
        snprintf(which, sizeof(which), "loop %u", loop->loop);
    if (several && loop->loop == 0)
        snprintf(which, sizeof(which), "the loop that the others work for");
    else if (!several && f->cores > 1)
        lift = "--loops auto has more processors do it";
    else if (several && f->run->loops < f->cores)
        lift = "more --loops have more processors do it";
    snprintf(out, size,
             "%s was busy for %.0f %% of the time, longest in %s; %s", which,
             share, loop->longest, lift);
}

/* Processors that the mode can have busy: a worker has one at most. */
static unsigned usable(const struct hl_diagnosis_figures *f)
{
    uint32_t workers = hl_run_jobs(f->run);
    bool has_workers = hl_mode_traits(f->run->mode)->blocks;
    return has_workers && workers < f->cores ? workers : f->cores;
}

static void put_busy_processors(const struct hl_diagnosis_figures *f,
                                double share, char *out, size_t size)
{
    unsigned used = usable(f);
    char which[64] = "the processors were";
    char lift[64] = "more at a time (-j) will not help";
    if (f->cores == 1)
        snprintf(which, sizeof(which), "the processor was");
    else if (used < f->cores)
        snprintf(which, sizeof(which), "%u of %u processors %s", used, f->cores,
                 used == 1 ? "was" : "were");
    if (used < f->cores && hl_mode_traits(f->run->mode)->one_at_a_time)
        snprintf(lift, sizeof(lift), "-m threads has more of them do it");
    else if (used < f->cores)
        snprintf(lift, sizeof(lift), "-j %u has all of them do it", f->cores);
    snprintf(out, size, "%s busy for %.0f %% of the time; %s", which, share,
             lift);
}

static bool put_processor(const struct hl_diagnosis_figures *f, char *out,
                          size_t size)
{
    const struct haul_loop_stats *loop = f->loop;
    double busy = (double)(loop->watched_us - loop->idle_us);
    double all = (double)loop->watched_us;
    double cpu = f->cpu_seconds / f->seconds / usable(f);
    bool on_loop = !hl_mode_traits(f->run->mode)->blocks && all > 0;
    if (f->seconds < start_up_s)
        return false;
    if (on_loop && busy > busy_share * all)
        put_busy_loop(f, percent(busy, all), out, size);
    else if (cpu > busy_share)
        put_busy_processors(f, percent(cpu, 1), out, size);
    else
        return false;
    return true;
}

static bool put_still(const struct hl_diagnosis *d,
                      const struct hl_diagnosis_figures *f, char *out,
                      size_t size)
{
    double still = (double)f->stats->still_us / 1e6;
    bool rate = f->run->host_start_interval_ns > 0;
    char why[96] = "none was ready to start";
    if (still < still_share * f->seconds)
        return false;
    if (rate)
        snprintf(why, sizeof(why), "--rate-per-host held it back");
    if (d->retries > 0)
        snprintf(why, sizeof(why), "%s%" PRIu64 " %s had to wait",
                 rate ? "--rate-per-host held it back, and " : "", d->retries,
                 d->retries == 1 ? "retry" : "retries");
    snprintf(out, size, "nothing was in flight for %.0f %% of the time: %s",
             percent(still, f->seconds), why);
    return true;
}

/* Says why no more transfers waited at the same time, or how more could. */
static void put_more(const struct hl_diagnosis *d,
                     const struct hl_diagnosis_figures *f, char *out,
                     size_t size)
{
    uint32_t jobs = hl_run_jobs(f->run);
    uint32_t most = f->stats->most_in_flight;
    if (most >= d->attempted)
        snprintf(out, size, "all were in flight at once");
    else if (hl_mode_traits(f->run->mode)->one_at_a_time)
        snprintf(out, size, "-m async waits for many at a time");
    else if (most >= jobs && f->files_limit > 0)
        snprintf(out, size, "the limit of %" PRIu64 " open files held it back",
                 f->files_limit);
    else if (most >= jobs)
        snprintf(out, size, "-j %u waits for more at a time", 2 * jobs);
    else
        snprintf(out, size, "at most %u %s in flight at once", most,
                 most == 1 ? "was" : "were");
}

/* A part of the transfers' time, and what would make it smaller. */
struct part {
    const char *what;
    uint64_t us;
    const char *lift;
};

/* Where threads share a processor, --cpu-work takes longer than the time it is
 * given, so the work is named alone only where it clearly is the larger half.
 */
static struct part file_part(const struct hl_diagnosis *d,
                             const struct haul_options *run)
{
    if (2 * d->attempted * run->cpu_work_us > d->file_us)
        return (struct part){"working on files", d->file_us,
                             "--cpu-work asks for that"};
    if (run->cpu_work_us > 0)
        return (struct part){"working on files and storing them", d->file_us,
                             run->fsync
                                 ? "--cpu-work and --fsync are part of it"
                                 : "--cpu-work is part of it"};
    if (d->hashed)
        return (struct part){"storing and hashing files", d->file_us,
                             run->fsync ? "--fsync is part of it"
                                        : "the hashing or the disk sets the "
                                          "pace"};
    return (struct part){"storing files", d->file_us,
                         run->fsync ? "it is --fsync that waits for the disk"
                                    : "the disk sets the pace"};
}

/* The largest part of the transfers' time. */
static void put_phase(const struct hl_diagnosis *d,
                      const struct hl_diagnosis_figures *f, char *out,
                      size_t size)
{
    double all = (double)(d->dns_us + d->set_up_us + d->wait_us + d->body_us +
                          d->file_us);
    char more[64];
    put_more(d, f, more, sizeof(more));
    const struct part parts[] = {
        {"waiting for the server", d->wait_us, more},
        {"looking up host names", d->dns_us,
         "--dns-jobs N does more at a time"},
        {"setting up connections", d->set_up_us, more},
        {"receiving", d->body_us, "the line or the server sets the pace"},
        file_part(d, f->run),
    };
    const struct part *most = &parts[0];
    for (size_t i = 1; i < sizeof(parts) / sizeof(*parts); i++)
        if (parts[i].us > most->us)
            most = &parts[i];
    snprintf(out, size, "%.0f %% of the transfers' time was %s; %s",
             percent((double)most->us, all), most->what, most->lift);
    if (d->several_hosts && (double)d->host_us > host_share * all)
        snprintf(out, size,
                 "%s took %.0f %% of the transfers' time, %.0f %% of all was "
                 "%s; %s",
                 d->host, percent((double)d->host_us, all),
                 percent((double)most->us, all), most->what, most->lift);
}

void hl_diagnosis_put(const struct hl_diagnosis *d,
                      const struct hl_diagnosis_figures *f, char *out,
                      size_t size)
{
    out[0] = '\0';
    if (d->attempted == 0 || f->seconds < told_s)
        return;
    if (!put_rate(d, f, out, size) && !put_held(f, out, size) &&
        !put_processor(f, out, size) && !put_still(d, f, out, size) &&
        d->answered)
        put_phase(d, f, out, size);
}
