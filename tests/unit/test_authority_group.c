/* SPDX-License-Identifier: MIT
 * test_authority_group.c -- transactions that share one wait for the disk: each rolls back alone, all
 * are durable together, and no answer leaves before.
 *
 * needs: imprint-authority-parts */
#define _GNU_SOURCE /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "host-sim/authority/db.h"

static char dir[] = "/tmp/imprint-group-XXXXXX";
static char path[64];
static struct db db;
static struct db other; /* What another program sees. */

static int begin(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/imprint-group-XXXXXX");
    if (mkdtemp(dir) == NULL) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/%s", dir, DATABASE_FILE);
    if (!db_create(path) || !db_open(&db, path) || !db_open(&other, path)) {
        return -1;
    }
    sqlite3_busy_timeout(other.connection, 0);
    return 0;
}

static int end(void **state)
{
    char command[64];

    (void)state;
    db_close(&db);
    db_close(&other);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command);
}

static enum refusal insert(int64_t generation)
{
    return db_run(&db, "INSERT INTO ca (generation, begun) VALUES (?, 0)",
                  DB_VALUES(db_integer(generation)), NULL);
}

static int64_t seen(struct db *by)
{
    sqlite3_stmt *row = db_query(by, "SELECT sum(generation) FROM ca", NULL);
    const int64_t sum = db_step(row) ? sqlite3_column_int64(row, 0) : -1;

    db_done(row);
    return sum;
}

static void a_transaction_of_a_group_rolls_back_alone(void **state)
{
    (void)state;
    db_group_begin(&db);
    assert_int_equal(db_begin(&db), REFUSAL_NONE);
    assert_int_equal(insert(10), REFUSAL_NONE);
    assert_int_equal(db_commit(&db), REFUSAL_NONE);
    assert_int_equal(db_begin(&db), REFUSAL_NONE);
    assert_int_equal(insert(100), REFUSAL_NONE);
    db_rollback(&db);
    assert_int_equal(db_begin(&db), REFUSAL_NONE);
    assert_int_equal(insert(1000), REFUSAL_NONE);
    assert_int_equal(db_commit(&db), REFUSAL_NONE);
    assert_int_equal(seen(&other), 1);
    assert_int_equal(db_group_end(&db), REFUSAL_NONE);
    assert_int_equal(seen(&other), 1011);
}

static void a_group_that_writes_nothing_locks_nobody_out(void **state)
{
    (void)state;
    db_group_begin(&db);
    assert_int_equal(seen(&db), 1);
    assert_int_equal(db_begin(&other), REFUSAL_NONE);
    db_rollback(&other);
    assert_int_equal(db_begin(&db), REFUSAL_NONE);
    assert_int_equal(db_begin(&other), REFUSAL_BUSY);
    db_rollback(&db);
    assert_int_equal(db_group_end(&db), REFUSAL_NONE);
    assert_int_equal(db_begin(&other), REFUSAL_NONE);
    db_rollback(&other);
}

static void a_group_waits_for_another_writer_once(void **state)
{
    (void)state;
    sqlite3_busy_timeout(db.connection, 0);
    assert_int_equal(db_begin(&other), REFUSAL_NONE);
    db_group_begin(&db);
    assert_int_equal(db_begin(&db), REFUSAL_BUSY);
    db_rollback(&other);
    assert_int_equal(db_begin(&db), REFUSAL_BUSY);
    assert_int_equal(db_group_end(&db), REFUSAL_NONE);
    db_group_begin(&db);
    assert_int_equal(db_begin(&db), REFUSAL_NONE);
    assert_int_equal(insert(10), REFUSAL_NONE);
    assert_int_equal(db_commit(&db), REFUSAL_NONE);
    assert_int_equal(db_group_end(&db), REFUSAL_NONE);
    assert_int_equal(seen(&other), 11);
}

/* As SQLite does by itself when the disk is full. */
static void a_group_that_was_rolled_back_as_a_whole_says_so(void **state)
{
    (void)state;
    db_group_begin(&db);
    assert_int_equal(db_begin(&db), REFUSAL_NONE);
    assert_int_equal(insert(10), REFUSAL_NONE);
    assert_int_equal(db_commit(&db), REFUSAL_NONE);
    assert_int_equal(sqlite3_exec(db.connection, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(db_begin(&db), REFUSAL_INTERNAL);
    assert_int_equal(db_group_end(&db), REFUSAL_INTERNAL);
    assert_int_equal(seen(&db), 1);
    db_group_begin(&db);
    assert_int_equal(db_begin(&db), REFUSAL_NONE);
    assert_int_equal(insert(10), REFUSAL_NONE);
    assert_int_equal(db_commit(&db), REFUSAL_NONE);
    assert_int_equal(db_group_end(&db), REFUSAL_NONE);
    assert_int_equal(seen(&other), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_transaction_of_a_group_rolls_back_alone, begin, end),
        cmocka_unit_test_setup_teardown(a_group_that_writes_nothing_locks_nobody_out, begin, end),
        cmocka_unit_test_setup_teardown(a_group_waits_for_another_writer_once, begin, end),
        cmocka_unit_test_setup_teardown(a_group_that_was_rolled_back_as_a_whole_says_so, begin,
                                        end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
