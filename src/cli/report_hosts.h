/* The hosts of a run, as the summary of its report names them. */
#ifndef HL_CLI_REPORT_HOSTS_H
#define HL_CLI_REPORT_HOSTS_H

#include "cli/host_name.h"
#include "haul/debug.h"
#include "util/buf.h"

enum { HL_REPORT_HOSTS = 32 };

/* The hosts whose transfers and whose URLs' waits took most time. */
struct hl_report_hosts {
    size_t count;
    char names[HL_REPORT_HOSTS][HL_HOST_NAME_SIZE];
    struct haul_host_stats stats[HL_REPORT_HOSTS]; /* without the origins */
};

/* To be called once the run has ended. */
void hl_report_hosts_read(struct hl_report_hosts *hosts,
                          const struct haul_session *session);
/* Adds an array with an object for each host. */
void hl_report_hosts_json(struct hl_buf *out,
                          const struct hl_report_hosts *hosts);

#endif
