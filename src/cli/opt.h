/*
 * Options as data: one row each, which the parser and --help both read. A
 * command is a list of tables, each with the struct that its rows fill.
 */
#ifndef HL_CLI_OPT_H
#define HL_CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/secret.h"

enum hl_opt_kind {
    HL_OPT_FLAG,     /* bool: true */
    HL_OPT_TEXT,     /* const char *: the argument, borrowed from argv */
    HL_OPT_STRINGS,  /* struct hl_opt_strings: each value is added */
    HL_OPT_COUNT,    /* uint32_t */
    HL_OPT_BYTES,    /* uint64_t, bytes */
    HL_OPT_BYTES32,  /* uint32_t, bytes */
    HL_OPT_MS,       /* uint32_t, ms of a duration */
    HL_OPT_US,       /* uint32_t, µs of a duration */
    HL_OPT_SECONDS,  /* uint32_t, s of a duration */
    HL_OPT_NS,       /* uint64_t, ns of a duration */
    HL_OPT_CHOICE,   /* int: index into words */
    HL_OPT_CALL,     /* the row's function sets it */
    HL_OPT_HELP,     /* shows the options, and the command does nothing else;
                        may have a value, "--help=all" */
    HL_OPT_ACCEPTED, /* asks for what haul does anyway: nothing is set */
    HL_OPT_REFUSED,  /* another tool's option: help says what to use instead */
};

/* Values of a repeatable option. The array ends with NULL and is owned; its
 * strings are borrowed. */
struct hl_opt_strings {
    const char **items;
    size_t count;
};

/* The reason of a setter that lacks memory, known by its address. */
extern const char hl_opt_no_memory[];
/* hl_opt_add()'s reason where no row has the name, known by its address. */
extern const char hl_opt_unknown[];

/* @return NULL, hl_opt_no_memory, or a static reason why value is refused. */
typedef const char *(*hl_opt_call_fn)(void *base, const char *value);

struct hl_opt;
/* Checks an option's text before it is kept. @return as above. */
typedef const char *(*hl_opt_check_fn)(const struct hl_opt *row,
                                       const char *value);

struct hl_opt {
    const char *name;     /* without "--"; "" for a letter alone */
    char letter;          /* 0 none */
    const char *argument; /* the word for it in help; NULL: takes none */
    const char *help;     /* NULL: accepted, and not shown */
    const char *brief;    /* the line of -h; NULL: only --help has the option */
    enum hl_opt_kind kind;
    size_t offset; /* of the member in the table's struct */
    /* Ended by NULL. HL_OPT_CHOICE takes one of them and nothing else; for
     * other kinds they are what completions offer. */
    const char *const *words;
    hl_opt_call_fn call;
    hl_opt_check_fn check; /* of HL_OPT_TEXT and HL_OPT_STRINGS; or NULL */
    uint32_t zero;         /* the number that 0 is stored as */
    bool adds;    /* of HL_OPT_CALL: each value is added to those before */
    bool by_hand; /* for the command line alone, not for config files */
    enum hl_secret secret;
};

/* A row: name, letter, argument, the end of an enum hl_opt_kind, offset, help,
 * and then any other members as initializers. */
#define HL_OPT_ROW(n, l, a, k, at, ...)                                  \
    {                                                                    \
        .name = (n), .letter = (l), .argument = (a), .kind = HL_OPT_##k, \
        .offset = (at), .help = __VA_ARGS__                              \
    }
/* The last row of a command's first table. */
#define HL_OPT_HELP_ROW \
    HL_OPT_ROW("help", 'h', NULL, HELP, 0, "show this help", .by_hand = true)

struct hl_opt_table {
    const char *title;         /* over its rows in help; NULL: not there */
    const struct hl_opt *rows; /* ended by one whose name is NULL */
    void *base;
};

/* An option that was read. Borrows its value. */
struct hl_opt_given {
    const struct hl_opt *row;
    void *base;        /* the struct that its row fills */
    const char *value; /* NULL: it takes none */
    bool off;          /* "--no-NAME" of a flag */
    char letter;       /* that it was given by; 0: by its name */
    unsigned line;     /* in its config file; 0 */
};

/* The options and the other arguments, each in their order. All zero is none.
 */
struct hl_opt_parsed {
    struct hl_opt_strings rest;
    struct hl_opt_strings copies; /* owned: secrets that were taken from argv */
    struct hl_opt_given *given;
    size_t count;
};

/* Reads argv[0..argc), which begins after the name of the command, and sets
 * nothing yet. Secrets, also passwords in URLs, are overwritten in argv, as ps
 * shows it, and kept in *out. @return 0, or 2 after one line on
 * stderr and with *out empty. */
int hl_opt_read(const struct hl_opt_table *tables, int argc, char **argv,
                struct hl_opt_parsed *out);
/* Adds one option as a line of a config file has it; value may be NULL, and
 * "no" to a flag. @return NULL or a static reason. */
const char *hl_opt_add(struct hl_opt_parsed *parsed,
                       const struct hl_opt_table *tables, const char *name,
                       const char *value, unsigned line);
/* Sets the options that were read, in their order. file is the config file that
 * they stand in, or NULL.
 * @return 0, or 2 after one line on stderr. */
int hl_opt_apply(const struct hl_opt_parsed *parsed, const char *file);
/* Both, for a command without a config file and without --help. */
int hl_opt_parse(const struct hl_opt_table *tables, int argc, char **argv,
                 struct hl_opt_parsed *out);
enum { HL_OPT_GIVEN_SIZE = 4096 + 64 };
/* Puts the name of an option, as messages have it, into out: "--name", "-x", or
 * "FILE:LINE: name" of a config file. */
void hl_opt_given_name(char out[HL_OPT_GIVEN_SIZE],
                       const struct hl_opt_given *option, const char *file);
void hl_opt_parsed_release(struct hl_opt_parsed *parsed);
/* A command's options, and its words for help and completions. */
struct hl_opt_command {
    const char *name;
    const char *usage; /* how it is called, and what it does */
    const struct hl_opt_table *tables;
    bool is_long;        /* -h shows the rows with a brief text alone */
    const char *note;    /* below the options in help; or NULL */
    const char *operand; /* "DIR", "FILE", ...; NULL: it takes none */
    /* What the operand may be, ended by NULL; or NULL. */
    const char *const *operand_words;
};

/* Adds value, which is borrowed. @return NULL or hl_opt_no_memory. */
const char *hl_opt_strings_add(struct hl_opt_strings *strings,
                               const char *value);
void hl_opt_strings_release(struct hl_opt_strings *strings);
/* The one of words, which ends with NULL, that is spelt most like what was
 * typed; or NULL where none is alike. */
const char *hl_opt_nearest(const char *typed, const char *const *words);
/* The option that was probably meant by a name that no row has; or NULL. */
const char *hl_opt_like(const struct hl_opt_table *tables, const char *typed);

#endif
