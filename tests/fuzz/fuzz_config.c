/*
 * Config files over all options of get. What is taken is printed as
 * --print-config does; read again, that says the same once more.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/check.h"
#include "support/get_tables.h"

enum { PATH_SIZE = 64 };

/* A config, read. */
struct reading {
    struct hl_opt_table tables[GET_TABLES];
    struct hl_get_options options;
    struct hl_opt_parsed command;
    struct hl_config config;
    int status;
};

static void read_config(struct reading *out, const char *data, size_t size)
{
    char path[PATH_SIZE];
    char option[] = "--config";
    char *argv[] = {option, path, NULL};
    int fd = memfd_create("config", MFD_CLOEXEC);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file");
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    get_tables_init(out->tables, &out->options);
    out->status =
        hl_config_parse(out->tables, 2, argv, &out->command, &out->config);
    check(out->status >= 0 && out->status <= 3, "an exit status");
    close(fd);
}

static void release(struct reading *reading)
{
    hl_opt_parsed_release(&reading->command);
    hl_config_release(&reading->config);
    get_tables_release(&reading->options);
}

/* What --print-config prints, without the line that names the file. */
static char *print(const struct reading *reading)
{
    char *text = NULL;
    size_t size = 0;
    FILE *kept = stdout;
    FILE *memory = open_memstream(&text, &size);
    check(memory != NULL, "there is memory");
    stdout = memory;
    hl_config_print(reading->tables, &reading->config, &reading->command);
    stdout = kept;
    check(fclose(memory) == 0 && text != NULL, "there is memory");
    char *second = strchr(text, '\n');
    check(second != NULL, "a line for the file");
    memmove(text, second + 1, strlen(second + 1) + 1);
    return text;
}

static void check_printed(const struct reading *first)
{
    struct reading again;
    char *text = print(first);
    read_config(&again, text, strlen(text));
    /* A secret is not printed, and what stands for it may be no value. */
    bool is_whole = strstr(text, "***") == NULL;
    check(again.status == 0 || !is_whole, "what is printed can be read");
    if (again.status == 0) {
        char *second = print(&again);
        check_same(second, text, "what is printed says the same again");
        free(second);
    }
    release(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reading reading;
    FILE *kept = stderr;
    FILE *nowhere = fopen("/dev/null", "we");
    stderr = nowhere != NULL ? nowhere : kept;
    read_config(&reading, (const char *)data, size);
    if (reading.status == 0)
        check_printed(&reading);
    release(&reading);
    stderr = kept;
    if (nowhere != NULL)
        fclose(nowhere);
    return 0;
}
