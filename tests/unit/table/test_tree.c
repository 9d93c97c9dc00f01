/* Newick trees and distance matrices. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <vagus/distance_matrix.h>
#include <vagus/tree.h>

#include "support/folder.h"

static VgArena *arena;
static char *folder;
static VgError error;
static VgTree *tree;

static int set_up(void **state)
{
    (void)state;
    arena = vg_arena_create();
    folder = arena ? folder_new(arena) : NULL;
    error = (VgError){0};
    return folder ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    vg_arena_destroy(arena);
    return 0;
}

static void parse(const char *text)
{
    WITNESS_OK(vg_tree_read_bytes(arena, "t.nwk", text, strlen(text), &tree, &error), &error);
}

static void refused(const char *text, const char *what, size_t line, size_t column)
{
    error = (VgError){0};
    assert_int_equal(vg_tree_read_bytes(arena, "t.nwk", text, strlen(text), &tree, &error),
                     VG_INVALID_INPUT);
    if (!strstr(error.message, what))
        fail_msg("'%s' does not say '%s'", error.message, what);
    assert_int_equal(error.line, line);
    assert_int_equal(error.column, column);
    assert_true(*error.hint);
}

static void nodes_come_in_post_order(void **state)
{
    (void)state;
    parse("((A:0.1,B_b:2e-1)90:.3,[a [nested] comment]'it''s, (C)':0.4)root:9;\n");
    assert_int_equal(tree->n_nodes, 5);
    assert_int_equal(tree->n_tips, 3);
    assert_true(tree->rooted && tree->n_missing == 0 && tree->n_negative == 0);
    const int32_t parent[] = {2, 2, 4, 4, -1};
    const double length[] = {0.1, 0.2, 0.3, 0.4, 9};
    const char *const name[] = {"A", "B_b", "90", "it's, (C)", "root"};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(tree->parent[i], parent[i]);
        assert_true(tree->length[i] == length[i]);
        assert_string_equal(tree->name[i], name[i]);
    }
    assert_int_equal(tree->tip[2], 3);
    parse("(a,b,(c,d):-1);");
    assert_true(!tree->rooted && tree->n_missing == 4 && tree->n_negative == 1);
    assert_null(tree->name[5]);
    parse("a;");
    assert_true(tree->rooted && tree->n_nodes == 1);
    parse("(\"a b\":1,c d:2 ) ;");
    assert_string_equal(tree->name[0], "a b");
    assert_string_equal(tree->name[1], "c d");
}

static void what_is_no_tree_is_refused(void **state)
{
    (void)state;
    refused("", "empty", 1, 1);
    refused("#NEXUS\n", "NEXUS", 1, 1);
    refused("((a,b);", "before its brackets are closed", 1, 7);
    refused("(a,b", "before its brackets are closed", 1, 5);
    refused("(a,b)", "without ';'", 1, 6);
    refused("(a,b));", "that nothing opened", 1, 6);
    refused("(a,\n,b);", "tip without a label", 2, 1);
    refused("();", "tip without a label", 1, 2);
    refused("(a:x,b);", "without a number", 1, 4);
    refused("(a,b);(c,d);", "text follows", 1, 7);
    refused("(a,'b);", "quote opens", 1, 4);
    refused("(a,[b);", "comment opens", 1, 4);
    refused("(a,b)(c);", "expected here", 1, 6);
    refused("a,b;", "outside all brackets", 1, 2);
    refused("(a,\xff);", "UTF-8", 1, 4);
    refused("(a,(b,a));", "two tips are called 'a'", 0, 0);
}

static void depth_is_no_limit(void **state)
{
    (void)state;
    enum { DEPTH = 300000 };
    char *text = malloc((size_t)DEPTH * 14 + 8), *p = text;
    assert_non_null(text);
    memset(p, '(', DEPTH);
    p += DEPTH;
    *p++ = 'x';
    for (int i = 0; i < DEPTH; i++)
        p += sprintf(p, ",t%d)", i);
    strcpy(p, ";");
    parse(text);
    assert_int_equal(tree->n_nodes, 2 * DEPTH + 1);
    assert_int_equal(tree->n_tips, DEPTH + 1);
    free(text);
}

static void missing_tips_are_named(void **state)
{
    (void)state;
    parse("((A:1,B:1):1,C:1);");
    uint32_t *node;
    const char *const known[] = {"C", "A"};
    WITNESS_OK(vg_tree_match(arena, tree, known, 2, &node, &error), &error);
    assert_true(node[0] == 3 && node[1] == 0);
    const char *const unknown[] = {"C", "x1", "B", "x2"};
    assert_int_equal(vg_tree_match(arena, tree, unknown, 4, &node, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "2 of 4 features are no tips of the tree: 'x1', 'x2'"));
}

static void trees_that_bear_no_distance_are_refused(void **state)
{
    (void)state;
    const char *const text[] = {"(a:1,b:1,c:1);", "((a,b:1):1,c:1);", "((a:1,b:-1):1,c:1);"};
    const char *const what[] = {"no root", "no length", "negative"};
    for (int i = 0; i < 3; i++) {
        parse(text[i]);
        assert_int_equal(vg_tree_require_lengths(tree, &error), VG_INVALID_INPUT);
        assert_non_null(strstr(error.message, what[i]));
    }
    parse("((a:1,b:0):1,c:1);");
    WITNESS_OK(vg_tree_require_lengths(tree, &error), &error);
}

static double depth_of(const VgTree *t, const char *name)
{
    for (size_t k = 0; k < t->n_tips; k++) {
        if (strcmp(t->name[t->tip[k]], name) != 0)
            continue;
        double sum = 0;
        for (int32_t i = (int32_t)t->tip[k]; t->parent[i] >= 0; i = t->parent[i])
            sum += t->length[i];
        return sum;
    }
    return NAN;
}

static void shearing_keeps_distances_to_the_root(void **state)
{
    (void)state;
    parse("(((A:1,B:2):4,(C:8,(D:16,E:32):64):128):256,F:512);");
    VgTree *sheared;
    const bool keep[] = {true, false, false, true, true, false};
    WITNESS_OK(vg_tree_shear(arena, tree, keep, &sheared, &error), &error);
    assert_int_equal(sheared->n_tips, 3);
    assert_int_equal(sheared->n_nodes, 6); /* A, D, E, (D,E), (A,(D,E)), the root */
    assert_true(sheared->rooted);
    for (size_t i = 0; i + 1 < sheared->n_nodes; i++)
        assert_true(sheared->parent[i] > (int32_t)i);
    assert_true(depth_of(sheared, "A") == 261);
    assert_true(depth_of(sheared, "D") == 16 + 64 + 128 + 256);
    assert_true(depth_of(sheared, "E") == 32 + 64 + 128 + 256);
    const bool one[] = {true, false, false, false, false, false};
    assert_int_equal(vg_tree_shear(arena, tree, one, &sheared, &error), VG_INVALID_INPUT);
}

static void distances(const char *text, VgStatus expected, const char *what, size_t line)
{
    VgDistanceMatrix *m = NULL;
    error = (VgError){0};
    const char *path = folder_write(arena, folder, "d.tsv", text);
    VgStatus status = vg_distance_matrix_read(arena, path, &m, &error);
    assert_int_equal(status, expected);
    if (status == VG_OK) {
        assert_int_equal(m->n, 3);
        for (int k = 0; k < 3; k++)
            assert_true(m->value[k] == k + 1);
        assert_string_equal(m->sample_id[2], "C");
        return;
    }
    if (!strstr(error.message, what))
        fail_msg("'%s' does not say '%s'", error.message, what);
    assert_int_equal(error.line, line);
}

static void distance_matrices_are_condensed(void **state)
{
    (void)state;
    distances("\tA\tB\tC\nA\t0\t1\t2\nB\t1\t0\t3\nC\t2\t3\t0\n", VG_OK, NULL, 0);
    distances("id,A,B,C\nA,0,1,2\nB,1,0,3\nC,2,3,0\n", VG_OK, NULL, 0);
    distances("\tA\tB\nA\t0\t1\nB\t2\t0\n", VG_INVALID_INPUT, "is 2 here, 1 the other way", 3);
    distances("\tA\tB\nA\t1\t1\nB\t1\t0\n", VG_INVALID_INPUT, "distance of 1 to itself", 2);
    distances("\tA\tB\nA\t0\t-1\nB\t-1\t0\n", VG_INVALID_INPUT, "is no distance", 2);
    distances("\tA\tA\nA\t0\t1\nA\t1\t0\n", VG_INVALID_INPUT, "occurs twice", 1);
    distances("\tA\tB\nB\t0\t1\nA\t1\t0\n", VG_INVALID_INPUT, "row 'B' where 'A'", 2);
    distances("\tA\tB\nA\t0\t1\n", VG_INVALID_INPUT, "fewer rows", 2);
    distances("\tA\tB\nA\t0\nB\t1\t0\n", VG_INVALID_INPUT, "not as many values", 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {TEST(nodes_come_in_post_order),
                                       TEST(what_is_no_tree_is_refused),
                                       TEST(depth_is_no_limit),
                                       TEST(missing_tips_are_named),
                                       TEST(trees_that_bear_no_distance_are_refused),
                                       TEST(shearing_keeps_distances_to_the_root),
                                       TEST(distance_matrices_are_condensed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
