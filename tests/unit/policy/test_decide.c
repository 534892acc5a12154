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
    ADOPT = 64,
    SHARED = 128
};

static struct haul_options options_of(unsigned set)
{
    struct haul_options o = {
        .retry_failed = (set & RETRY_FAILED) != 0,
        .restart = (set & RESTART) != 0,
        .update = (set & UPDATE) != 0,
        .trust_journal = (set & TRUST) != 0,
        .shared = (set & SHARED) != 0,
    };
    if ((set & SKIP) != 0)
        o.if_exists = HAUL_IF_EXISTS_SKIP;
    if ((set & OVERWRITE) != 0)
        o.if_exists = HAUL_IF_EXISTS_OVERWRITE;
    if ((set & ADOPT) != 0)
        o.if_exists = HAUL_IF_EXISTS_ADOPT;
    return o;
}

static const struct hl_known
    unknown = {.name = NULL},
    claimed = {.name = "a"},
    claimed_before_boot = {.name = "a", .rebooted = true},
    in_part = {.name = "a"}, failed = {.has_failed = true, .name = "a"},
    failed_nameless = {.has_failed = true},
    failed_for_good = {.has_failed = true, .name = "a", .is_final = true},
    done = {.is_done = true,
            .name = "a",
            .has_file = true,
            .stamp = {1000, 5000, 7}},
    /* An update of a file that is there was under way, or failed. */
    updating = {.name = "a", .has_file = true, .stamp = {1000, 5000, 7}},
    update_failed = {.has_failed = true,
                     .name = "a",
                     .has_file = true,
                     .stamp = {1000, 5000, 7}},
    done_before_cut = {.is_done = true,
                       .name = "a",
                       .has_file = true,
                       .unsynced = true,
                       .rebooted = true,
                       .stamp = {1000, 5000, 7}},
    done_without_stamp = {.is_done = true,
                          .name = "a",
                          .has_file = true,
                          .unsynced = true,
                          .stamp = {1000, 5000, 0}},
    done_unchecked = {.is_done = true,
                      .name = "a",
                      .has_file = true,
                      .has_checksum = true,
                      .checksum = HL_DIGESTS_UNKNOWN},
    done_right = {.is_done = true,
                  .name = "a",
                  .has_file = true,
                  .has_checksum = true,
                  .checksum = HL_DIGESTS_EQUAL},
    done_wrong = {.is_done = true,
                  .name = "a",
                  .has_file = true,
                  .has_checksum = true,
                  .checksum = HL_DIGESTS_DIFFER};

static const struct hl_look same = {.found = HL_FOUND_SAME},
                            moved = {.found = HL_FOUND_MOVED},
                            gone = {.found = HL_FOUND_GONE},
                            longer = {.found = HL_FOUND_CHANGED,
                                      .stamp = {1001, 5000, 8}},
                            newer = {.found = HL_FOUND_CHANGED,
                                     .stamp = {1000, 5001, 8}},
                            shorter = {.found = HL_FOUND_CHANGED,
                                       .stamp = {10, 5000, 8}},
                            no_file = {.found = HL_FOUND_CHANGED};

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
    const struct hl_look *look; /* NULL: nobody has looked */
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
    /* In a shared directory no file is replaced, and all that has no file is
     * asked for. */
    {&unknown, SHARED | RETRY_FAILED, NULL, ENDED(NAME)},
    {&claimed, SHARED | RETRY_FAILED, NULL, COMPARED(REFUSE)},
    {&failed_for_good, SHARED, NULL, ENDED(FAILED)},
    {&done, SHARED, &same, {.todo = HL_TODO_DONE, .taken = HL_TAKEN_OURS}},
    {&done, SHARED, &moved, {.todo = HL_TODO_DONE, .taken = HL_TAKEN_OURS}},
    {&done, SHARED, &gone, FETCHED(REFUSE)},
    {&done, SHARED | RETRY_FAILED, &gone, FETCHED(REFUSE)},
    {&done, SHARED, &longer, ENDED(FAILED)},
    {&done_before_cut, SHARED, &shorter, ENDED(FAILED)},
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

static void check(size_t row, const struct hl_known *known,
                  const struct hl_decision *got,
                  const struct hl_decision *wanted)
{
    print_message("row %zu\n", row);
    assert_int_equal(got->todo, wanted->todo);
    assert_int_equal(got->compare, wanted->compare);
    if (wanted->todo == HL_TODO_FETCH)
        assert_int_equal(got->taken, wanted->taken);
    /* What the journal has as failed has its reason there. */
    bool has_words = got->todo == HL_TODO_SKIP ||
                     (got->todo == HL_TODO_FAILED && known->is_done);
    assert_int_equal(got->why != NULL, has_words);
}

static void each_row_has_its_decision(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct haul_options o = options_of(rows[i].options);
        const struct hl_decision got =
            hl_decide(rows[i].known, &o, rows[i].look);
        check(i, rows[i].known, &got, &rows[i].then);
    }
}

/* Whoever has looked is not sent to look again. */
static void a_look_is_enough(void **state)
{
    static const struct hl_look *const looks[] = {
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
    const struct hl_known *known;
    unsigned options;
    const struct hl_look *look;
    bool is_over;
    enum hl_todo todo;
} repeats[] = {
    /* The earlier line is still on its way. */
    {&unknown, 0, NULL, false, HL_TODO_WAIT},
    {&in_part, 0, NULL, false, HL_TODO_WAIT},
    {&failed, 0, NULL, false, HL_TODO_WAIT},
    {&done, RESTART, NULL, false, HL_TODO_WAIT},
    {&done, UPDATE, NULL, false, HL_TODO_WAIT},
    {&done, 0, NULL, false, HL_TODO_LOOK},
    {&done, 0, &same, false, HL_TODO_LINK},
    {&done, 0, &gone, false, HL_TODO_WAIT},
    {&done, TRUST, &gone, false, HL_TODO_SKIP},
    /* The run has dealt with the earlier line. */
    {&claimed, 0, NULL, true, HL_TODO_WAIT},
    {&updating, 0, NULL, true, HL_TODO_WAIT},
    {&failed, 0, NULL, true, HL_TODO_FAILED},
    {&failed_nameless, RESTART, NULL, true, HL_TODO_FAILED},
    {&done, UPDATE, NULL, true, HL_TODO_LOOK},
    {&done, RESTART, &same, true, HL_TODO_LINK},
    {&done, 0, &moved, true, HL_TODO_LINK},
    {&done, 0, &longer, true, HL_TODO_WAIT},
    {&done, TRUST, &longer, true, HL_TODO_SKIP},
};

static void a_repeated_line_follows_its_url(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(repeats) / sizeof(*repeats); i++) {
        const struct haul_options o = options_of(repeats[i].options);
        print_message("row %zu\n", i);
        assert_int_equal(hl_decide_repeat(repeats[i].known, &o, repeats[i].look,
                                          repeats[i].is_over)
                             .todo,
                         repeats[i].todo);
    }
}

static const struct {
    struct hl_foreign_file foreign;
    unsigned options;
    enum hl_todo todo;
} foreign_files[] = {
    {{.may_replace = true, .may_rename = true}, 0, HL_TODO_RENAME},
    {{0}, 0, HL_TODO_FAILED},
    {{.may_rename = true}, SKIP, HL_TODO_SKIP},
    {{0}, SKIP, HL_TODO_SKIP},
    {{.may_replace = true, .may_rename = true}, OVERWRITE, HL_TODO_FETCH},
    {{.may_rename = true}, OVERWRITE, HL_TODO_RENAME},
    {{0}, OVERWRITE, HL_TODO_FAILED},
    {{.may_adopt = true, .may_rename = true}, ADOPT, HL_TODO_ADOPT},
    {{.may_rename = true}, ADOPT, HL_TODO_RENAME},
    {{0}, ADOPT, HL_TODO_FAILED},
};

static void a_foreign_file_is_treated_as_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(foreign_files) / sizeof(*foreign_files);
         i++) {
        const struct haul_options o = options_of(foreign_files[i].options);
        const struct hl_decision got =
            hl_decide_taken(&foreign_files[i].foreign, &o);
        print_message("row %zu\n", i);
        assert_int_equal(got.todo, foreign_files[i].todo);
        if (got.todo == HL_TODO_FETCH)
            assert_int_equal(got.taken, HL_TAKEN_REPLACE);
    }
}

static const struct hl_stamp then = {100, 7000000001, 42};
static const struct hl_stamp sized = {100, 0, 0}; /* of an earlier version */

static void a_stamp_decides(void **state)
{
    static const struct hl_stamp elsewhere = {100, 7000000001, 43};
    static const struct hl_stamp touched = {100, 7000000002, 43};
    static const struct hl_stamp in_place = {100, 7000000002, 42};
    static const struct hl_stamp grown = {101, 7000000001, 42};
    static const struct hl_stamp cut = {0, 7000000002, 43};
    static const struct {
        const char *what;
        const struct hl_stamp *record;
        const struct hl_stamp *found;
        enum hl_found without;
        enum hl_found hashed;
    } cases[] = {
        {"gone", &then, NULL, HL_FOUND_GONE, HL_FOUND_GONE},
        {"the same", &then, &then, HL_FOUND_SAME, HL_FOUND_SAME},
        {"ctime or inode", &then, &elsewhere, HL_FOUND_MOVED, HL_FOUND_HASH},
        {"mtime", &then, &in_place, HL_FOUND_CHANGED, HL_FOUND_HASH},
        {"both", &then, &touched, HL_FOUND_CHANGED, HL_FOUND_HASH},
        {"longer", &then, &grown, HL_FOUND_CHANGED, HL_FOUND_CHANGED},
        {"shorter", &then, &cut, HL_FOUND_CHANGED, HL_FOUND_CHANGED},
        {"no stamp: gone", &sized, NULL, HL_FOUND_GONE, HL_FOUND_GONE},
        {"no stamp: size", &sized, &then, HL_FOUND_MOVED, HL_FOUND_HASH},
        {"no stamp: longer", &sized, &grown, HL_FOUND_CHANGED,
         HL_FOUND_CHANGED},
        {"no stamp: shorter", &sized, &cut, HL_FOUND_CHANGED, HL_FOUND_CHANGED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_known known = {.stamp = *cases[i].record};
        print_message("%s\n", cases[i].what);
        assert_int_equal(hl_decide_found(&known, cases[i].found),
                         cases[i].without);
        known.xxh3 = "99aa06d3014798d86001c324468d497f";
        assert_int_equal(hl_decide_found(&known, cases[i].found),
                         cases[i].hashed);
        known.xxh3 = NULL;
        known.digests = "e3b0";
        assert_int_equal(hl_decide_found(&known, cases[i].found),
                         cases[i].hashed);
        /* After a power cut a stamp proves nothing. */
        known.unsynced = true;
        const enum hl_found sure = cases[i].hashed;
        assert_int_equal(hl_decide_found(&known, cases[i].found),
                         sure == HL_FOUND_SAME ? HL_FOUND_HASH : sure);
    }
}

/* A list of causes leaves out what failed otherwise, also where its line is
 * repeated; all other options are as without it. */
static void other_causes_are_left_out(void **state)
{
    const struct hl_known left_out = {
        .name = "a", .has_failed = true, .is_left_out = true};
    const struct haul_options retry = {.retry_failed = true};
    const struct haul_options none = {0};
    (void)state;
    assert_int_equal(hl_decide(&left_out, &retry, NULL).todo, HL_TODO_SKIP);
    assert_int_equal(hl_decide_repeat(&left_out, &retry, NULL, true).todo,
                     HL_TODO_SKIP);
    assert_int_equal(hl_decide(&left_out, &none, NULL).todo, HL_TODO_FETCH);
}

/* A request that is sent once: without these two options nothing sends it
 * again. */
static void what_was_sent_is_sent_again_by_the_user_alone(void **state)
{
    static const unsigned sets[] = {0, TRUST, SKIP, OVERWRITE, ADOPT};
    const struct hl_look looks[] = {{.found = HL_FOUND_GONE},
                                    {.found = HL_FOUND_CHANGED},
                                    {.found = HL_FOUND_SAME}};
    struct hl_known lost = {.name = "a", .has_failed = true, .is_sent = true};
    struct hl_known kept = done;
    kept.is_sent = true;
    (void)state;
    for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
        const struct haul_options o = options_of(sets[i]);
        assert_int_equal(hl_decide(&lost, &o, NULL).todo, HL_TODO_FAILED);
        for (size_t j = 0; j < sizeof(looks) / sizeof(*looks); j++) {
            enum hl_todo todo = hl_decide(&kept, &o, &looks[j]).todo;
            assert_true(todo == HL_TODO_FAILED || todo == HL_TODO_DONE ||
                        todo == HL_TODO_SKIP);
        }
        assert_int_equal(hl_decide(&kept, &o, &looks[2]).todo, HL_TODO_DONE);
    }
    for (unsigned set = RETRY_FAILED; set <= RESTART; set++) {
        const struct haul_options o = options_of(set);
        assert_int_equal(hl_decide(&lost, &o, NULL).todo, HL_TODO_FETCH);
        assert_int_equal(hl_decide(&kept, &o, &looks[0]).todo, HL_TODO_FETCH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_causes_are_left_out),
        cmocka_unit_test(each_row_has_its_decision),
        cmocka_unit_test(a_look_is_enough),
        cmocka_unit_test(a_foreign_file_is_treated_as_asked),
        cmocka_unit_test(a_stamp_decides),
        cmocka_unit_test(a_repeated_line_follows_its_url),
        cmocka_unit_test(what_was_sent_is_sent_again_by_the_user_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
