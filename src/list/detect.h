/*
 * What a list is, by its name and by how it begins: no list of lines, or a list
 * in one of the formats.
 */
#ifndef HL_LIST_DETECT_H
#define HL_LIST_DETECT_H

#include <stdbool.h>

#include "list/reader.h"

/* Refuses text in another encoding, and tables and archives of formats of their
 * own, with the command that makes a list of them. format is the word of the
 * format, or NULL where it is not known. @return HL_LIST_ROW: nothing speaks
 * against the list; HL_LIST_AGAIN, HL_LIST_UNUSABLE or HL_LIST_FAILED. */
enum hl_list_event hl_detect_foreign(struct hl_reader *reader,
                                     const char *format,
                                     struct hl_list_row *row);
/* By the extension of path; HL_LIST_AUTO: it says nothing. */
enum hl_list_format hl_detect_by_name(const char *path);
/* By the first lines. Where *is_guess is set, the list is plain so far, and a
 * later line may show that it is aria2's: call this again before each row.
 * @return HL_LIST_ROW: *format is known; HL_LIST_AGAIN, HL_LIST_END or
 * HL_LIST_FAILED. */
enum hl_list_event hl_detect(struct hl_reader *reader,
                             enum hl_list_format *format, bool *is_guess,
                             struct hl_list_row *row);

#endif
