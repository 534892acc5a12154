/*
 * What the list reader's tests share: lists that come as a file or through a
 * pipe in pieces, packed or not, and what was read of them as one text:
 *
 *     3 http://h/a name=a.png id=7 sum=sha256=… header=A: b mirror=http://m/a
 *     4 bad "http://h/": NUL byte in this line
 *     end                  (or "failed behind 4: …", "unusable: …")
 */
#ifndef HL_TEST_LIST_SUPPORT_H
#define HL_TEST_LIST_SUPPORT_H

#include <stddef.h>

#include "list/list.h"

struct bytes {
    const char *data;
    size_t size;
};

#define BYTES(literal)               \
    {                                \
        literal, sizeof(literal) - 1 \
    }

/* Each returns a text that the caller frees. */
char *read_as_file(struct bytes list, const struct hl_list_options *options);
/* In pieces of step bytes; all that can be read is, before the next. */
char *read_as_pipe(struct bytes list, const struct hl_list_options *options,
                   size_t step);
/* In two pieces. */
char *read_cut(struct bytes list, const struct hl_list_options *options,
               size_t cut);
/* From a file of this name, which is made and removed. */
char *read_named(const char *name, struct bytes list,
                 const struct hl_list_options *options);
/* The same as a .gz member; the caller frees data. */
struct bytes pack(struct bytes list);
/* Fails the test where they differ; frees got. */
void expect(char *got, const char *wanted);

#endif
