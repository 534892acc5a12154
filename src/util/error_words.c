/* The words of causes and outcomes, for every room. */
#include "haul/haul.h"

const char *haul_error_word(enum haul_error error)
{
    static const char *const words[HAUL_ERROR_COUNT] = {
#define X(name, word, text) [name] = word,
        HAUL_ERROR_MAP(X)
#undef X
    };
    return (unsigned)error < HAUL_ERROR_COUNT ? words[error] : "?";
}

const char *haul_error_text(enum haul_error error)
{
    static const char *const strings[HAUL_ERROR_COUNT] = {
#define X(name, word, text) [name] = text,
        HAUL_ERROR_MAP(X)
#undef X
    };
    return (unsigned)error < HAUL_ERROR_COUNT ? strings[error] : "?";
}

const char *haul_why_text(enum haul_why why)
{
    static const char *const words[HAUL_WHY_COUNT] = {
#define X(name, words) [name] = words,
        HAUL_WHY_MAP(X)
#undef X
    };
    return (unsigned)why < HAUL_WHY_COUNT ? words[why] : "?";
}

const char *haul_outcome_word(enum haul_outcome outcome)
{
    static const char *const words[HAUL_OUTCOME_COUNT] = {
#define X(name, word) [name] = word,
        HAUL_OUTCOME_MAP(X)
#undef X
    };
    return (unsigned)outcome < HAUL_OUTCOME_COUNT ? words[outcome] : "?";
}
