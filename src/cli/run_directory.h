/*
 * The journal of a directory, its files and a list, for commands that look up
 * what runs have done: status and verify. A run may go on beside them: nothing
 * is locked and nothing written. Memory is the journal's table.
 */
#ifndef HL_CLI_RUN_DIRECTORY_H
#define HL_CLI_RUN_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "cli/journal_damage.h"
#include "cli/request_source.h"
#include "journal/find.h"
#include "journal/key.h"
#include "util/beneath.h"
#include "util/buf.h"
#include "util/url.h"

struct hl_run_directory_options {
    struct hl_source_options source;
    struct hl_kept_columns *kept; /* for the report; or NULL */
    bool keep_dirlinks;
    const char *method;         /* of the requests of the list; or NULL */
    struct hl_opt_strings data; /* their body, as of --data */
};

/* The rows of method and data. */
#define HL_LOOKUP_METHOD_ROW(at)                   \
    HL_OPT_ROW("request", 'X', "METHOD", TEXT, at, \
               "the list was fetched with this -X")
#define HL_LOOKUP_DATA_ROW(at)                          \
    HL_OPT_ROW("data", 0, "TEXT|@FILE", STRINGS, at,    \
               "the list was fetched with this --data", \
               .secret = HL_SECRET_REST)

/* The row of keep_dirlinks, which stands there in the table's struct. */
#define HL_LOOKUP_DIRLINKS_ROW(at)                                           \
    HL_OPT_ROW("keep-dirlinks", 0, NULL, FLAG, at,                           \
               "follow symbolic links to directories below DIR, as the run " \
               "did")

/* What a key is made of. All zero is empty. */
struct hl_run_directory_strings {
    struct hl_buf key;
    struct hl_buf headers;
    struct hl_buf first; /* of the key of the line that this one repeats */
    char sent[HL_JOURNAL_SENT_SIZE]; /* by all requests */
};

struct hl_run_directory {
    const char *dir;
    int dir_fd;
    struct hl_beneath *root; /* the files below dir_fd */
    struct hl_journal *journal;
    bool is_part;       /* of a plan: it has a journal for each attempt */
    struct stat viewed; /* the journal's file, when it was opened */
    struct hl_source source;
    struct hl_run_directory_strings strings; /* of the line at hand */
};

/* A line of a list. */
struct hl_run_directory_line {
    const struct hl_source_row *row;
    const struct haul_request *request; /* of the row */
    const char *bad;   /* why it has no URL; then the rest is not set */
    uint64_t first;    /* the line that it repeats; 0: none */
    struct hl_key key; /* of a line that repeats another: what a run with
                          --no-dedupe knows it by */
    bool has_user;
};

/* Opens the one directory that the command was given, says what is wrong with
 * its journal, and looks into the lists. @return 0, or the exit status after a
 * line on stderr. Release *out in any case. */
int hl_run_directory_open(struct hl_run_directory *out, enum hl_damage_to to,
                          const struct hl_opt_strings *dirs,
                          const struct hl_run_directory_options *options);
void hl_run_directory_release(struct hl_run_directory *lookup);
/* Opens the journal as it is now. @return 0 or a code. */
int hl_run_directory_view(const struct hl_run_directory *lookup,
                          struct hl_journal **out);
/* Has a run written into the journal since it was opened? Of a part
 * nobody knows: true. */
bool hl_run_directory_is_old(const struct hl_run_directory *lookup);

/* The line is valid until the call returns; NULL: there is none for now, but
 * more may come. A negative return ends the pass, and is the pass's. */
typedef int (*hl_run_directory_fn)(void *arg,
                                   const struct hl_run_directory_line *line);

/* Calls on_line for each line of the lists; where there is no list, on_entry
 * for each URL of the journal. @return 0 or a code; hl_source_status() tells
 * of lists that could not be read. */
int hl_run_directory_each(struct hl_run_directory *lookup,
                          hl_run_directory_fn on_line, hl_journal_fn on_entry,
                          void *arg);

/* Puts the key of line->request, which has this URL, and the earlier line that
 * it repeats into *line. The key is valid until the next call with these
 * strings.
 * @return 0 or a code. */
int hl_run_directory_key(struct hl_run_directory_line *line,
                         struct hl_run_directory_strings *strings,
                         struct hl_journal *journal, const struct hl_url *url);
/* The key of the line that line repeats; line->key was made with these strings.
 * It is valid until the next call with them. @return 0 or UV_ENOMEM. */
int hl_run_directory_first_key(struct hl_key *out,
                               struct hl_run_directory_strings *strings,
                               const struct hl_run_directory_line *line);
void hl_run_directory_strings_release(struct hl_run_directory_strings *strings);

#endif
