/* What is to be done with a request: a table of what is known, what the user
 * wants, what was seen, and what follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/decide.h"

/* Options, as letters. */
enum {
    RETRY_FAILED = 1,
    RESTART = 2,
    UPDATE = 4,
    TRUST = 8,
    SKIP = 16,
    OVERWRITE = 32,
    ADOPT = 64
};

static struct haul_options options_of(unsigned set)
{
    struct haul_options o = {
        .retry_failed = (set & RETRY_FAILED) != 0,
        .restart = (set & RESTART) != 0,
        .update = (set & UPDATE) != 0,
        .trust_journal = (set & TRUST) != 0,
    };
    if ((set & SKIP) != 0)
        o.if_exists = HAUL_IF_EXISTS_SKIP;
    if ((set & OVERWRITE) != 0)
        o.if_exists = HAUL_IF_EXISTS_OVERWRITE;
    if ((set & ADOPT) != 0)
        o.if_exists = HAUL_IF_EXISTS_ADOPT;
    return o;
}

static const struct hl_stamp wrote = {
    .size = 1000, .mtime_ns = 5000, .identity = 7};

static const struct hl_known
    unknown = {.state = HL_JOURNAL_NONE},
    claimed = {.state = HL_JOURNAL_CLAIMED, .has_name = true},
    claimed_before_boot = {.state = HL_JOURNAL_CLAIMED,
                           .has_name = true,
                           .rebooted = true},
    in_part = {.state = HL_JOURNAL_PART, .has_name = true},
    failed = {.state = HL_JOURNAL_FAILED, .has_name = true},
    failed_nameless = {.state = HL_JOURNAL_FAILED},
    failed_for_good = {.state = HL_JOURNAL_FAILED,
                       .has_name = true,
                       .is_final = true},
    done = {.state = HL_JOURNAL_DONE,
            .has_name = true,
            .has_file = true,
            .stamp = {1000, 5000, 7}},
    /* An update of a file that is there was under way, or failed. */
    updating = {.state = HL_JOURNAL_PART,
                .has_name = true,
                .has_file = true,
                .stamp = {1000, 5000, 7}},
    update_failed = {.state = HL_JOURNAL_FAILED,
                     .has_name = true,
                     .has_file = true,
                     .stamp = {1000, 5000, 7}},
    done_before_cut = {.state = HL_JOURNAL_DONE,
                       .has_name = true,
                       .has_file = true,
                       .unsynced = true,
                       .rebooted = true,
                       .stamp = {1000, 5000, 7}},
    done_without_stamp = {.state = HL_JOURNAL_DONE,
                          .has_name = true,
                          .has_file = true,
                          .unsynced = true,
                          .stamp = {1000, 5000, 0}},
    done_unchecked = {.state = HL_JOURNAL_DONE,
                      .has_name = true,
                      .has_file = true,
                      .has_checksum = true,
                      .checksum = HL_DIGESTS_UNKNOWN},
    done_right = {.state = HL_JOURNAL_DONE,
                  .has_name = true,
                  .has_file = true,
                  .has_checksum = true,
                  .checksum = HL_DIGESTS_EQUAL},
    done_wrong = {.state = HL_JOURNAL_DONE,
                  .has_name = true,
                  .has_file = true,
                  .has_checksum = true,
                  .checksum = HL_DIGESTS_DIFFER};

static const struct hl_done_look same = {.done = HL_DONE_SAME},
                                 moved = {.done = HL_DONE_MOVED},
                                 gone = {.done = HL_DONE_GONE},
                                 longer = {.done = HL_DONE_CHANGED,
                                           .stamp = {1001, 5000, 8}},
                                 newer = {.done = HL_DONE_CHANGED,
                                          .stamp = {1000, 5001, 8}},
                                 shorter = {.done = HL_DONE_CHANGED,
                                            .stamp = {10, 5000, 8}},
                                 no_file = {.done = HL_DONE_CHANGED};

/* What follows. */
#define FETCHED(taken_)                                   \
    {                                                     \
        .todo = HL_TODO_FETCH, .taken = HL_TAKEN_##taken_ \
    }
#define COMPARED(taken_)                                                   \
    {                                                                      \
        .todo = HL_TODO_FETCH, .taken = HL_TAKEN_##taken_, .compare = true \
    }
#define ENDED(todo_)            \
    {                           \
        .todo = HL_TODO_##todo_ \
    }

static const struct {
    const struct hl_known *known;
    unsigned options;
    const struct hl_done_look *look; /* NULL: nobody has looked */
    struct hl_decision then;
} rows[] = {
    /* New to the journal: no look. */
    {&unknown, 0, NULL, ENDED(NAME)},
    {&unknown, RESTART, NULL, ENDED(NAME)},
    {&unknown, UPDATE, NULL, ENDED(NAME)},
    {&unknown, TRUST, NULL, ENDED(NAME)},
    {&unknown, RETRY_FAILED, NULL, ENDED(SKIP)},
    /* Claimed alone: what is there may be anybody's. */
    {&claimed, 0, NULL, COMPARED(REFUSE)},
    {&claimed, TRUST, NULL, COMPARED(REFUSE)},
    {&claimed, UPDATE, NULL, COMPARED(REFUSE)},
    {&claimed, SKIP, NULL, COMPARED(REFUSE)},
    {&claimed, OVERWRITE, NULL, COMPARED(REPLACE)},
    {&claimed, RESTART, NULL, FETCHED(REPLACE)},
    {&claimed, RETRY_FAILED, NULL, ENDED(SKIP)},
    {&claimed_before_boot, 0, NULL, COMPARED(OURS)},
    {&claimed_before_boot, OVERWRITE, NULL, COMPARED(REPLACE)},
    {&in_part, 0, NULL, COMPARED(REFUSE)},
    {&in_part, RETRY_FAILED, NULL, ENDED(SKIP)},
    /* Failed. */
    {&failed, 0, NULL, COMPARED(REFUSE)},
    {&failed, RETRY_FAILED, NULL, COMPARED(REFUSE)},
    {&failed, RESTART, NULL, FETCHED(REPLACE)},
    {&failed_nameless, 0, NULL, ENDED(NAME)},
    {&failed_nameless, RESTART, NULL, ENDED(NAME)},
    {&failed_for_good, 0, NULL, ENDED(FAILED)},
    {&failed_for_good, TRUST, NULL, ENDED(FAILED)},
    {&failed_for_good, OVERWRITE, NULL, ENDED(FAILED)},
    {&failed_for_good, RETRY_FAILED, NULL, COMPARED(REFUSE)},
    {&failed_for_good, UPDATE, NULL, COMPARED(REFUSE)},
    {&failed_for_good, RESTART, NULL, FETCHED(REPLACE)},
    /* Done: the file is to be looked at, unless the journal is trusted. */
    {&done, 0, NULL, {.todo = HL_TODO_LOOK, .taken = HL_TAKEN_OURS}},
    {&done, UPDATE, NULL, {.todo = HL_TODO_LOOK, .taken = HL_TAKEN_OURS}},
    {&done, RETRY_FAILED, NULL, {.todo = HL_TODO_LOOK, .taken = HL_TAKEN_OURS}},
    {&done, TRUST, NULL, {.todo = HL_TODO_DONE, .taken = HL_TAKEN_OURS}},
    {&done,
     TRUST | UPDATE,
     NULL,
     {.todo = HL_TODO_ASK, .taken = HL_TAKEN_OURS}},
    {&done, RESTART, NULL, FETCHED(REPLACE)},
    {&done, RESTART | TRUST, NULL, FETCHED(REPLACE)},
    {&done, 0, &same, {.todo = HL_TODO_DONE, .taken = HL_TAKEN_OURS}},
    {&done, 0, &moved, {.todo = HL_TODO_DONE, .taken = HL_TAKEN_OURS}},
    {&done, UPDATE, &same, {.todo = HL_TODO_ASK, .taken = HL_TAKEN_OURS}},
    {&done,
     RETRY_FAILED,
     &same,
     {.todo = HL_TODO_DONE, .taken = HL_TAKEN_OURS}},
    {&done, 0, &gone, FETCHED(GONE)},
    {&done, UPDATE, &gone, FETCHED(GONE)},
    {&done, RETRY_FAILED, &gone, ENDED(SKIP)},
    {&done, 0, &longer, COMPARED(OURS)},
    {&done, UPDATE, &longer, COMPARED(OURS)},
    {&done, SKIP, &longer, ENDED(SKIP)},
    {&done, OVERWRITE, &longer, COMPARED(REPLACE)},
    {&done, RETRY_FAILED, &longer, ENDED(SKIP)},
    {&done, 0, &shorter, COMPARED(OURS)},
    {&done, 0, &no_file, COMPARED(OURS)},
    /* An update under way, or one that failed. */
    {&updating, 0, NULL, {.todo = HL_TODO_LOOK, .taken = HL_TAKEN_OURS}},
    {&updating, TRUST, NULL, {.todo = HL_TODO_LOOK, .taken = HL_TAKEN_OURS}},
    {&updating, 0, &same, {.todo = HL_TODO_DONE, .taken = HL_TAKEN_OURS}},
    {&updating, RETRY_FAILED, &gone, FETCHED(GONE)},
    {&update_failed, RETRY_FAILED, &longer, COMPARED(OURS)},
    {&update_failed,
     UPDATE,
     &same,
     {.todo = HL_TODO_ASK, .taken = HL_TAKEN_OURS}},
    /* A power cut may have torn it: never longer, never newer. */
    {&done_before_cut, 0, &shorter, COMPARED(REPLACE)},
    {&done_before_cut, SKIP, &shorter, COMPARED(REPLACE)},
    {&done_before_cut, 0, &longer, COMPARED(OURS)},
    {&done_before_cut, 0, &newer, COMPARED(OURS)},
    {&done_before_cut, SKIP, &newer, ENDED(SKIP)},
    {&done_before_cut, 0, &no_file, COMPARED(OURS)},
    {&done_without_stamp, 0, &shorter, COMPARED(OURS)},
    /* A listed checksum. */
    {&done_unchecked,
     0,
     &same,
     {.todo = HL_TODO_VERIFY, .taken = HL_TAKEN_OURS}},
    {&done_unchecked,
     UPDATE,
     &same,
     {.todo = HL_TODO_ASK, .taken = HL_TAKEN_OURS}},
    {&done_unchecked,
     TRUST,
     NULL,
     {.todo = HL_TODO_DONE, .taken = HL_TAKEN_OURS}},
    {&done_right, 0, &same, {.todo = HL_TODO_DONE, .taken = HL_TAKEN_OURS}},
    {&done_wrong, 0, &same, FETCHED(OURS)},
    {&done_wrong, UPDATE, &same, FETCHED(OURS)},
    {&done_wrong, TRUST, NULL, FETCHED(OURS)},
    {&done_wrong, 0, &gone, FETCHED(GONE)},
};

static void check(size_t row, const struct hl_decision *got,
                  const struct hl_decision *wanted)
{
    print_message("row %zu\n", row);
    assert_int_equal(got->todo, wanted->todo);
    assert_int_equal(got->compare, wanted->compare);
    if (wanted->todo == HL_TODO_FETCH)
        assert_int_equal(got->taken, wanted->taken);
    assert_int_equal(got->why != NULL, got->todo == HL_TODO_SKIP);
}

static void each_row_has_its_decision(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct haul_options o = options_of(rows[i].options);
        const struct hl_decision got =
            hl_decide(rows[i].known, &o, rows[i].look);
        check(i, &got, &rows[i].then);
    }
}

/* Whoever has looked is not sent to look again. */
static void a_look_is_enough(void **state)
{
    static const struct hl_done_look *const looks[] = {
        &same, &moved, &gone, &longer, &newer, &shorter, &no_file};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (size_t k = 0; k < sizeof(looks) / sizeof(*looks); k++)
            for (unsigned set = 0; set < 2 * ADOPT; set++) {
                const struct haul_options o = options_of(set);
                assert_int_not_equal(
                    hl_decide(rows[i].known, &o, looks[k]).todo, HL_TODO_LOOK);
            }
}

static const struct {
    struct hl_stranger stranger;
    unsigned options;
    enum hl_todo todo;
} strangers[] = {
    {{0}, 0, HL_TODO_RENAME},
    {{.is_renamed = true}, 0, HL_TODO_FAILED},
    {{0}, SKIP, HL_TODO_SKIP},
    {{.is_renamed = true}, SKIP, HL_TODO_SKIP},
    {{0}, OVERWRITE, HL_TODO_FETCH},
    {{.is_directory = true}, OVERWRITE, HL_TODO_RENAME},
    {{.is_directory = true, .is_renamed = true}, OVERWRITE, HL_TODO_FAILED},
    {{0}, ADOPT, HL_TODO_ADOPT},
    {{.is_partial = true}, ADOPT, HL_TODO_RENAME},
    {{.is_partial = true, .is_renamed = true}, ADOPT, HL_TODO_FAILED},
};

static void a_stranger_is_treated_as_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
        const struct haul_options o = options_of(strangers[i].options);
        const struct hl_decision got =
            hl_decide_taken(&strangers[i].stranger, &o);
        print_message("row %zu\n", i);
        assert_int_equal(got.todo, strangers[i].todo);
        if (got.todo == HL_TODO_FETCH)
            assert_int_equal(got.taken, HL_TAKEN_REPLACE);
    }
}

/* What the record of a URL says of it. */
static void a_record_is_what_is_known(void **state)
{
    char digests[] =
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    struct hl_journal_entry entry = {
        .state = HL_JOURNAL_DONE,
        .name = "a",
        .has_file = true,
        .unsynced = true,
        .file = {.digests = digests, .stamp = wrote},
    };
    (void)state;
    struct hl_known known = hl_known_of(&entry, false, digests);
    assert_true(known.has_name && known.has_file && known.unsynced);
    assert_true(known.has_checksum);
    assert_int_equal(known.checksum, HL_DIGESTS_EQUAL);
    assert_int_equal(known.stamp.size, 1000);
    entry.name = NULL;
    known = hl_known_of(&entry, true, NULL);
    assert_true(known.is_final);
    assert_false(known.has_name || known.has_checksum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_has_its_decision),
        cmocka_unit_test(a_look_is_enough),
        cmocka_unit_test(a_stranger_is_treated_as_asked),
        cmocka_unit_test(a_record_is_what_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
