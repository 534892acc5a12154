/*
 * A JSON object a line: "url", and if need be "out", "id", "checksum" and
 * "headers". Other keys are passed over.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
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
        return "the id is neither a string nor a number";
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
        return "the headers are not an object";
    json_object_foreach(headers, name, value)
    {
        if (why == NULL && !json_is_string(value))
            why = "a header is not a string";
        if (why == NULL)
            why = hl_entry_add_header(entry, name, json_string_value(value));
    }
    return why;
}

static const char *url_key(const struct hl_list_options *options)
{
    return options->url_column != NULL ? options->url_column : "url";
}

static const char *id_key(const struct hl_list_options *options)
{
    return options->id_column != NULL ? options->id_column : "id";
}

/* @return NULL, or why the record is bad. */
static const char *read_object(struct hl_reader *reader, json_t *object,
                               const char *text)
{
    const struct hl_list_options *o = &reader->options;
    const char *name_key = o->name_column != NULL ? o->name_column : "out";
    struct hl_entry *entry = &reader->entry;
    bool is_other;
    const char *id_why = set_id(entry, object, text, id_key(o));
    const char *url = string_of(object, url_key(o), &is_other);
    if (url != NULL)
        entry->url = hl_entry_text(entry, url, strlen(url));
    if (url == NULL || *url == '\0')
        return is_other ? "the URL is not a string" : "no URL in this line";
    const char *name = string_of(object, name_key, &is_other);
    if (is_other)
        return "the file name is not a string";
    if (name != NULL && *name != '\0')
        entry->name = hl_entry_text(entry, name, strlen(name));
    const char *checksum = string_of(object, "checksum", &is_other);
    if (is_other)
        return "the checksum is not a string";
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
    json_t *object;  /* of the row at hand, which cells point into; or NULL */
    json_t *written; /* an array of texts, which cells point into; or NULL */
};

static void forget_object(struct jsonl *state)
{
    json_decref(state->object);
    json_decref(state->written);
    state->object = state->written = NULL;
}

/* The end of the array or object that begins at text, in well-formed JSON. */
static const char *container_end(const char *text)
{
    unsigned depth = 0;
    do {
        if (*text == '"') {
            text = skip_string(text);
            continue;
        }
        depth += *text == '{' || *text == '[';
        depth -= *text == '}' || *text == ']';
        text++;
    } while (depth > 0);
    return text;
}

/* Writes a value whose text cannot be found in the line. */
static const char *write_value(struct jsonl *state, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    json_t *written = text != NULL ? json_string(text) : NULL;
    free(text);
    if (state->written == NULL)
        state->written = json_array();
    if (json_array_append(state->written, written) < 0) {
        json_decref(written);
        return NULL;
    }
    json_decref(written);
    return json_string_value(written);
}

/* Gives a value that is no string as the line has it: a double would lose
 * digits. @return false without memory. */
static bool give_json(struct jsonl *state, struct hl_list_cell *cell,
                      const json_t *value, const char *line)
{
    const char *text = find_value(line, cell->name);
    cell->is_json = true;
    if (text == NULL) {
        cell->text = write_value(state, value);
        cell->length = cell->text != NULL ? strlen(cell->text) : 0;
        return cell->text != NULL;
    }
    const char *end = *text == '[' || *text == '{'
                          ? container_end(text)
                          : text + strcspn(text, ",} \t\r\n");
    cell->text = text;
    cell->length = (size_t)(end - text);
    return true;
}

static bool give_cell(struct jsonl *state, struct hl_reader *reader,
                      size_t index, const char *name, const char *line)
{
    struct hl_list_cell *cell = hl_keep_cell(&reader->keep, index);
    const json_t *value = json_object_get(state->object, name);
    if (cell == NULL)
        return false;
    *cell = (struct hl_list_cell){
        .name = name,
        .is_url = strcmp(name, url_key(&reader->options)) == 0,
        .is_id = strcmp(name, id_key(&reader->options)) == 0,
    };
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_string(value))
        return give_json(state, cell, value, line);
    cell->text = json_string_value(value);
    cell->length = json_string_length(value);
    return true;
}

/* Puts the values that are kept into the row. @return false without memory. */
static bool keep(struct jsonl *state, struct hl_reader *reader,
                 const char *line, struct hl_list_row *row)
{
    const struct hl_keep *wanted = &reader->keep;
    size_t count = 0;
    const char *name;
    json_t *value;
    bool ok = true;
    if (!wanted->all)
        for (; ok && count < wanted->count; count++)
            ok = give_cell(state, reader, count, wanted->names[count], line);
    else
        json_object_foreach(state->object, name, value)
        {
            ok = ok && give_cell(state, reader, count++, name, line);
        }
    row->cells = wanted->cells;
    row->cell_count = count;
    return ok;
}

/* Writes "id, url, caption", as much as fits. */
static void put_keys(json_t *object, char *out, size_t size)
{
    const char *name;
    json_t *value;
    size_t used = 0;
    out[0] = '\0';
    json_object_foreach(object, name, value)
    {
        int n = used < size ? snprintf(out + used, size - used, "%s%s",
                                       used > 0 ? ", " : "", name)
                            : 0;
        used += n > 0 ? (size_t)n : 0;
    }
}

/* Other keys may be missing from any object, but a list whose first object has
 * no URL's key has none at all. */
static enum hl_list_event check_keys(struct jsonl *state,
                                     struct hl_reader *reader,
                                     struct hl_list_row *row)
{
    const char *asked = reader->options.url_column;
    const struct hl_keep *wanted = &reader->keep;
    char keys[256];
    if (state->any_object)
        return HL_LIST_ROW;
    state->any_object = true;
    put_keys(state->object, keys, sizeof(keys));
    if (asked != NULL && json_object_get(state->object, asked) == NULL)
        return hl_reader_unusable(reader, row,
                                  "--url-col: there is no key '%s' in the "
                                  "first object of %s",
                                  asked, reader->path);
    for (size_t i = 0; i < wanted->count; i++)
        if (json_object_get(state->object, wanted->names[i]) == NULL)
            return hl_reader_unusable(reader, row,
                                      "--keep-cols: there is no key '%s' in "
                                      "the first object of %s, which has: %s",
                                      wanted->names[i], reader->path, keys);
    return HL_LIST_ROW;
}

/* The beginning of a bad line. Cells may point into the line, so it stays as it
 * is. */
static const char *beginning_of(struct hl_reader *reader,
                                const struct hl_line *line)
{
    hl_buf_clear(&reader->scratch);
    hl_buf_add(&reader->scratch, line->text, line->length);
    return reader->scratch.failed ? "" : hl_reader_cut(reader->scratch.data);
}

static enum hl_list_event read_line(struct jsonl *state,
                                    struct hl_reader *reader,
                                    const struct hl_line *line,
                                    struct hl_list_row *row)
{
    json_error_t error;
    forget_object(state);
    json_t *object = state->object = load(line, &error);
    if (!json_is_object(object)) {
        snprintf(reader->why, sizeof(reader->why), "not a JSON object%s%s",
                 object == NULL ? ": " : "", object == NULL ? error.text : "");
        return hl_reader_bad(row, hl_reader_cut(line->text), reader->why);
    }
    enum hl_list_event event = check_keys(state, reader, row);
    if (event != HL_LIST_ROW)
        return event;
    hl_entry_clear(&reader->entry);
    const char *why = read_object(reader, object, line->text);
    if (hl_entry_give(&reader->entry, row) < 0 ||
        !keep(state, reader, line->text, row))
        return hl_reader_no_memory(reader, row);
    if (why == NULL)
        return HL_LIST_ROW;
    return hl_reader_bad(
        row, row->url != NULL ? row->url : beginning_of(reader, line), why);
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

static void release(void *state)
{
    forget_object(state);
}

const struct hl_format hl_jsonl_format = {
    .has_columns = true,
    .state_size = sizeof(struct jsonl),
    .next = next,
    .release = release,
};
