/*
 * Options as data: one row each, which the parser and --help both read. A
 * command is a list of tables, each with the struct that its rows fill.
 */
#ifndef HL_CLI_OPT_H
#define HL_CLI_OPT_H

#include <stddef.h>
#include <stdint.h>

enum hl_opt_kind {
    HL_OPT_FLAG,     /* bool: true */
    HL_OPT_TEXT,     /* const char *: the argument, borrowed from argv */
    HL_OPT_TEXTS,    /* struct hl_opt_texts: gathered */
    HL_OPT_COUNT,    /* uint32_t */
    HL_OPT_BYTES,    /* uint64_t, bytes */
    HL_OPT_BYTES32,  /* uint32_t, bytes */
    HL_OPT_MS,       /* uint32_t, ms of a duration */
    HL_OPT_US,       /* uint32_t, µs of a duration */
    HL_OPT_SECONDS,  /* uint32_t, s of a duration */
    HL_OPT_NS,       /* uint64_t, ns of a duration */
    HL_OPT_CHOICE,   /* int: index into words */
    HL_OPT_CALL,     /* call does it */
    HL_OPT_ACCEPTED, /* says what haul does anyway */
    HL_OPT_REFUSED,  /* means another thing elsewhere: help says what to use */
};

/* Repeatable options. The array ends with NULL, and is the struct's owner's
 * to free. */
struct hl_opt_texts {
    const char **items;
    size_t count;
};

/* @return NULL, or a static reason why value is refused. */
typedef const char *(*hl_opt_call_fn)(void *base, const char *value);

struct hl_opt {
    const char *name;     /* without "--"; "" for a letter alone */
    char letter;          /* 0 none */
    const char *argument; /* the word for it in help; NULL: takes none */
    const char *help;     /* NULL: accepted, and not shown */
    enum hl_opt_kind kind;
    size_t offset;            /* of the member in the table's struct */
    const char *const *words; /* of HL_OPT_CHOICE, ended by NULL */
    hl_opt_call_fn call;
    uint32_t zero; /* what a number of 0 is stored as */
};

struct hl_opt_table {
    const char *title;         /* over its rows in help */
    const struct hl_opt *rows; /* ended by one whose name is NULL */
    void *base;
};

/* Positional arguments, in their order; items is the caller's to free. */
struct hl_opt_parsed {
    struct hl_opt_texts rest;
};

/*
 * Parses argv[0..argc), without the program's and the command's names.
 * @return 0, or 2 after one line on stderr.
 */
int hl_opt_parse(const struct hl_opt_table *tables, int argc, char **argv,
                 struct hl_opt_parsed *out);
/* Sets one option as a line of a config file does; value may be NULL.
 * @return NULL or a static reason. */
const char *hl_opt_set(const struct hl_opt_table *tables, const char *name,
                       const char *value);
void hl_opt_help(const struct hl_opt_table *tables);
void hl_opt_texts_release(struct hl_opt_texts *texts);
/* The word of words nearest to what was typed, or NULL when none is near.
 * words ends with NULL. */
const char *hl_opt_nearest(const char *typed, const char *const *words);

#endif
