/*
 * Replays a corpus through a fuzz target, without a fuzzer: each file that is
 * named, or that lies in a directory that is named, is one input.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20 };

static int replay_file(const char *path)
{
    /* Of the input's own size, so that a read past its end shows. */
    FILE *file = fopen(path, "rbe");
    struct stat st;
    if (file == NULL || fstat(fileno(file), &st) < 0 ||
        st.st_size > INPUT_MAX) {
        perror(path);
        if (file != NULL)
            fclose(file);
        return -1;
    }
    size_t size = (size_t)st.st_size;
    uint8_t *data = malloc(size > 0 ? size : 1);
    int r = data != NULL && fread(data, 1, size, file) == size ? 0 : -1;
    if (r == 0)
        LLVMFuzzerTestOneInput(data, size);
    free(data);
    fclose(file);
    return r;
}

static int replay_directory(const char *path, unsigned *count)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    int r = 0;
    if (directory == NULL) {
        perror(path);
        return -1;
    }
    while (r == 0 && (entry = readdir(directory)) != NULL) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        r = replay_file(name);
        (*count)++;
    }
    closedir(directory);
    return r;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) < 0) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        if (S_ISDIR(st.st_mode)) {
            if (replay_directory(argv[i], &count) < 0)
                return EXIT_FAILURE;
        } else if (replay_file(argv[i]) < 0) {
            return EXIT_FAILURE;
        } else {
            count++;
        }
    }
    printf("%u inputs\n", count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
