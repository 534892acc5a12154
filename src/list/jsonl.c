/*
 * A JSON object a line: "url", and if need be "out", "id", "checksum" and
 * "headers". Other keys are passed over.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "list/format.h"

/* A number that does not fit into an integer is no reason to refuse a line, so
 * it is read as a double. The double may have lost digits: set_id() takes those
 * of an id from the text. */
static json_t *load(const struct hl_line *line, json_error_t *error)
{
    json_t *object = json_loadb(line->text, line->length, 0, error);
    if (object == NULL && json_error_code(error) == json_error_numeric_overflow)
        object = json_loadb(line->text, line->length, JSON_DECODE_INT_AS_REAL,
                            error);
    return object;
}

/* Gives what follows the string that begins at text, in well-formed JSON. */
static const char *skip_string(const char *text)
{
    for (text++; *text != '"'; text++)
        text += *text == '\\';
    return text + 1;
}

/* Finds the value of key in the text of a well-formed object. NULL: not found,
 * as the key is written with escapes. The last of several keys counts. */
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

/* The string that key has, or NULL. *is_other: it has a value that is no
 * string. */
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
static const char *read_object(struct hl_reader *reader, json_t *object,
                               const char *text)
{
    const struct hl_list_options *o = &reader->options;
    const char *url_key = o->url_column != NULL ? o->url_column : "url";
    const char *name_key = o->name_column != NULL ? o->name_column : "out";
    const char *id_key = o->id_column != NULL ? o->id_column : "id";
    struct hl_entry *entry = &reader->entry;
    bool is_other;
    const char *id_why = set_id(entry, object, text, id_key);
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
        why = id_why;
    if (why == NULL)
        why = set_headers(entry, json_object_get(object, "headers"));
    return why;
}

struct jsonl {
    bool any_object; /* the first object has been seen */
};

/* Other keys may be missing from any object, but a list whose first object has
 * no URL's key has none at all. */
static bool misses_key(struct jsonl *state, const char *key,
                       const json_t *object)
{
    bool is_first = !state->any_object;
    state->any_object = true;
    return is_first && key != NULL && json_object_get(object, key) == NULL;
}

static enum hl_list_event read_line(struct jsonl *state,
                                    struct hl_reader *reader,
                                    const struct hl_line *line,
                                    struct hl_list_row *row)
{
    json_error_t error;
    json_t *object = load(line, &error);
    if (!json_is_object(object)) {
        snprintf(reader->why, sizeof(reader->why), "no JSON object%s%s",
                 object == NULL ? ": " : "", object == NULL ? error.text : "");
        json_decref(object);
        return hl_reader_bad(row, hl_reader_cut(line->text), reader->why);
    }
    if (misses_key(state, reader->options.url_column, object)) {
        json_decref(object);
        return hl_reader_unusable(
            reader, row,
            "--url-col: there is no key '%s' in the first "
            "object of %s",
            reader->options.url_column, reader->path);
    }
    hl_entry_clear(&reader->entry);
    const char *why = read_object(reader, object, line->text);
    json_decref(object);
    if (hl_entry_give(&reader->entry, row) < 0)
        return hl_reader_no_memory(reader, row);
    if (why == NULL)
        return HL_LIST_ROW;
    return hl_reader_bad(
        row, row->url != NULL ? row->url : hl_reader_cut(line->text), why);
}

static enum hl_list_event next(void *state, struct hl_reader *reader,
                               struct hl_list_row *row)
{
    struct hl_line line;
    enum hl_list_event event;
    while ((event = hl_reader_line(reader, HL_RECORD_MAX, &line, row)) ==
           HL_LIST_ROW)
        if (strspn(line.text, " \t") < line.length)
            return read_line(state, reader, &line, row);
    return event;
}

const struct hl_format hl_jsonl_format = {
    .has_columns = true,
    .state_size = sizeof(struct jsonl),
    .next = next,
};
