/*
 * What is no list of lines, by the bytes that it begins with: text in another
 * encoding, or a table or archive of a format of its own. It is refused before
 * its first line, together with the command that makes a list of it.
 */
#ifndef HL_LIST_REFUSE_H
#define HL_LIST_REFUSE_H

#include "list/reader.h"

/* format is the word of the format, or NULL where it is not known. @return
 * HL_LIST_ROW: nothing speaks against the list; HL_LIST_AGAIN, HL_LIST_UNUSABLE
 * or HL_LIST_FAILED. */
enum hl_list_event hl_refuse(struct hl_reader *reader, const char *format,
                             struct hl_list_row *row);

#endif
