/* Command lines, an argument a line, over one option of each kind. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/opt_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARGS_MAX = 64 };

static void require(int holds)
{
    if (!holds)
        abort();
}

static void check_parsed(const struct opt_values *values,
                         const struct hl_opt_parsed *parsed, int argc)
{
    require(parsed->rest.count <= (size_t)argc);
    require(values->headers.count <= (size_t)argc);
    require(parsed->rest.items == NULL ||
            parsed->rest.items[parsed->rest.count] == NULL);
    require(values->mode >= 0 && values->mode < 3);
    require(values->jobs <= 1u << 20);
    require(memchr(values->called, '\0', sizeof(values->called)) != NULL);
}

static void parse(char **argv, int argc)
{
    struct hl_opt_table tables[3];
    struct opt_values values;
    struct hl_opt_parsed parsed;
    opt_tables_init(tables, &values);
    int r = hl_opt_parse(tables, argc, argv, &parsed);
    require(r == 0 || r == 2);
    require(r == 0 || parsed.rest.items == NULL);
    check_parsed(&values, &parsed, argc);
    for (int i = 0; i + 1 < argc; i++)
        (void)hl_opt_add(&parsed, tables, argv[i], argv[i + 1], 1);
    r = hl_opt_apply(&parsed, "file");
    require(r == 0 || r == 2);
    hl_opt_texts_release(&values.headers);
    hl_opt_parsed_release(&parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[ARGS_MAX + 1];
    int argc = 0;
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    /* What the user is told is of no interest here. */
    FILE *kept = stderr;
    FILE *nowhere = fopen("/dev/null", "we");
    stderr = nowhere != NULL ? nowhere : kept;
    for (char *rest = text; rest != NULL && argc < ARGS_MAX;)
        argv[argc++] = strsep(&rest, "\n");
    argv[argc] = NULL;
    parse(argv, argc);
    stderr = kept;
    if (nowhere != NULL)
        fclose(nowhere);
    free(text);
    return 0;
}
