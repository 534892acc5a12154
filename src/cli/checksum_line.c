#include "cli/checksum_line.h"

#include <stdbool.h>
#include <string.h>

#define MARK "\xef\xbb\xbf" /* some editors begin UTF-8 with it */

/* Resolves, in place, the escapes of a line that began with a backslash. */
static bool unescape(char *name)
{
    char *to = name;
    for (const char *from = name; *from != '\0'; from++) {
        char c = *from;
        if (c == '\\') {
            c = *++from;
            if (c != '\\' && c != 'n' && c != 'r')
                return false;
            c = (char)(c == 'n' ? '\n' : c == 'r' ? '\r' : '\\');
        }
        *to++ = c;
    }
    *to = '\0';
    return true;
}

static const char *split_gnu(struct hl_checksum_line *out, char *line)
{
    size_t digits = strspn(line, "0123456789abcdefABCDEF");
    char *rest = line + digits;
    /* "md5 -r" puts one blank there, and others a tab. */
    bool is_gnu = rest[0] == ' ' && (rest[1] == ' ' || rest[1] == '*');
    char *name = rest + (is_gnu ? 2 : 1);
    if (digits == 0 || (rest[0] != ' ' && rest[0] != '\t') || *name == '\0')
        return "is neither 'HEX  NAME' nor 'ALGORITHM (NAME) = HEX'";
    *rest = '\0';
    out->name = name;
    out->given = line;
    return hl_checksum_parse_digits(&out->checksum, line, digits) != NULL
               ? "a checksum has 32, 40, 64 or 128 hexadecimal digits"
               : NULL;
}

/* "SHA256 (NAME) = HEX", or "SHA2-256(NAME)= HEX"; a name may have brackets of
 * its own. false: it is none. */
static bool split_bsd(struct hl_checksum_line *out, char *line,
                      const char **why)
{
    char *open = strchr(line, '(');
    char *equals = strrchr(line, '=');
    if (open == NULL || equals == NULL || equals < open + 2)
        return false;
    char *close = equals - (equals[-1] == ' ') - 1;
    if (close <= open + 1 || *close != ')')
        return false;
    size_t length = strcspn(line, " (");
    const char *digest = equals + 1 + strspn(equals + 1, " ");
    enum hl_algorithm algorithm = hl_algorithm_named(line, length);
    *close = '\0';
    out->name = open + 1;
    out->given = digest;
    if (algorithm == HL_ALGORITHMS)
        *why = "is by none of MD5, SHA1, SHA256 and SHA512";
    else if (!hl_checksum_read(&out->checksum, algorithm, digest))
        *why = "has a number of digits that is not its algorithm's";
    return true;
}

const char *hl_checksum_line_split(struct hl_checksum_line *out, char *line)
{
    if (strncmp(line, MARK, strlen(MARK)) == 0)
        line += strlen(MARK);
    bool escaped = line[0] == '\\';
    const char *why = NULL;
    char *text = line + escaped;
    out->name = NULL;
    if (!split_bsd(out, text, &why))
        why = split_gnu(out, text);
    if (out->name != NULL && escaped && !unescape(out->name)) {
        out->name = NULL;
        why = "has an escape that is none of \\\\, \\n and \\r";
    }
    return why;
}
