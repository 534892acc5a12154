/*
 * A JSON object a line: "url", and if need be "out", "id", "checksum" and
 * "headers". Other keys say nothing here.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "list/parts.h"

/* A number loses digits on its way through a double or is too large for it;
 * as a reason to refuse a line that is none, so numbers are read as they come
 * and an id's digits are found in the text. */
static json_t *load(const struct hl_line *line, json_error_t *error)
{
    json_t *object = json_loadb(line->text, line->length, 0, error);
    if (object == NULL && json_error_code(error) == json_error_numeric_overflow)
        object = json_loadb(line->text, line->length, JSON_DECODE_INT_AS_REAL,
                            error);
    return object;
}

/* Behind the string that begins at text, in JSON that is well-formed. */
static const char *skip_string(const char *text)
{
    for (text++; *text != '"'; text++)
        text += *text == '\\';
    return text + 1;
}

/* What stands for key, in the text of a well-formed object; NULL: not found,
 * as it is written with escapes. The last of several counts. */
static const char *find_value(const char *text, const char *key)
{
    const char *found = NULL;
    size_t length = strlen(key);
    unsigned depth = 0;
    while (*text != '\0') {
        if (*text != '"') {
            depth += *text == '{' || *text == '[';
            depth -= *text == '}' || *text == ']';
            text++;
            continue;
        }
        const char *begin = text + 1;
        text = skip_string(text);
        const char *next = text + strspn(text, " \t\r\n");
        if (depth == 1 && *next == ':' &&
            (size_t)(text - 1 - begin) == length &&
            memcmp(begin, key, length) == 0)
            found = next + 1 + strspn(next + 1, " \t\r\n");
    }
    return found;
}

static const char *set_id(struct hl_entry *entry, const json_t *object,
                          const char *text, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL || json_is_null(value))
        return NULL;
    if (json_is_string(value)) {
        entry->id = hl_entry_text(entry, json_string_value(value),
                                  json_string_length(value));
        return NULL;
    }
    const char *digits = json_is_number(value) ? find_value(text, key) : NULL;
    if (digits == NULL)
        return "an id that is neither a string nor a number";
    entry->id = hl_entry_text(entry, digits, strcspn(digits, ",} \t\r\n"));
    return NULL;
}

/* The string that key has; NULL: none. */
static const char *string_of(const json_t *object, const char *key,
                             bool *is_other)
{
    const json_t *value = json_object_get(object, key);
    *is_other = value != NULL && !json_is_null(value) && !json_is_string(value);
    return json_string_value(value);
}

static const char *set_headers(struct hl_entry *entry, json_t *headers)
{
    const char *name;
    json_t *value;
    const char *why = NULL;
    if (headers == NULL || json_is_null(headers))
        return NULL;
    if (!json_is_object(headers))
        return "headers that are no object";
    json_object_foreach(headers, name, value)
    {
        if (why == NULL && !json_is_string(value))
            why = "a header that is no string";
        if (why == NULL)
            why = hl_entry_add_header(entry, name, json_string_value(value));
    }
    return why;
}

/* @return NULL, or why the record is bad. */
static const char *read_object(struct hl_list *list, json_t *object,
                               const char *text)
{
    const struct hl_list_options *o = &list->options;
    const char *url_key = o->url_column != NULL ? o->url_column : "url";
    const char *name_key = o->name_column != NULL ? o->name_column : "out";
    const char *id_key = o->id_column != NULL ? o->id_column : "id";
    struct hl_entry *entry = &list->entry;
    bool is_other;
    const char *url = string_of(object, url_key, &is_other);
    if (url != NULL)
        entry->url = hl_entry_text(entry, url, strlen(url));
    if (url == NULL || *url == '\0')
        return is_other ? "a URL that is no string" : "no URL in this line";
    const char *name = string_of(object, name_key, &is_other);
    if (is_other)
        return "a file name that is no string";
    if (name != NULL && *name != '\0')
        entry->name = hl_entry_text(entry, name, strlen(name));
    const char *checksum = string_of(object, "checksum", &is_other);
    if (is_other)
        return "a checksum that is no string";
    const char *why =
        checksum != NULL ? hl_entry_set_checksum(entry, checksum) : NULL;
    if (why == NULL)
        why = set_id(entry, object, text, id_key);
    if (why == NULL)
        why = set_headers(entry, json_object_get(object, "headers"));
    return why;
}

/* A key that no object need have is not missed, but the URL's is. */
static bool misses_key(struct hl_list *list, const json_t *object)
{
    bool is_first = !list->jsonl.has_keys;
    const char *key = list->options.url_column;
    list->jsonl.has_keys = true;
    return is_first && key != NULL && json_object_get(object, key) == NULL;
}

static enum hl_list_event read_line(struct hl_list *list,
                                    const struct hl_line *line,
                                    struct hl_list_row *row)
{
    json_error_t error;
    json_t *object = load(line, &error);
    if (!json_is_object(object)) {
        snprintf(list->why, sizeof(list->why), "no JSON object%s%s",
                 object == NULL ? ": " : "", object == NULL ? error.text : "");
        json_decref(object);
        return hl_list_bad(row, hl_list_cut(line->text), list->why);
    }
    if (misses_key(list, object)) {
        json_decref(object);
        return hl_list_unusable(list, row,
                                "--url-col: there is no key '%s' in the first "
                                "object of %s",
                                list->options.url_column, list->path);
    }
    hl_entry_clear(&list->entry);
    const char *why = read_object(list, object, line->text);
    json_decref(object);
    if (hl_entry_give(&list->entry, row) < 0)
        return hl_list_no_memory(list, row);
    if (why == NULL)
        return HL_LIST_ROW;
    return hl_list_bad(
        row, row->url != NULL ? row->url : hl_list_cut(line->text), why);
}

enum hl_list_event hl_jsonl_next(struct hl_list *list, struct hl_list_row *row)
{
    struct hl_line line;
    for (;;) {
        enum hl_lines_event event =
            hl_lines_next(&list->lines, HL_RECORD_MAX, &line);
        if (event != HL_LINES_OK)
            return hl_list_no_line(list, event, row);
        row->line = list->lines.line;
        if (line.bad != NULL)
            return hl_list_bad(row, hl_list_cut(line.text), line.bad);
        if (strspn(line.text, " \t") < line.length)
            return read_line(list, &line, row);
    }
}
