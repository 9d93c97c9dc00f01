/* The YAML layer: lines, keys, and the limits that keep a hostile file harmless. */
#include "support/witness.h"

#include "base/buffer.h"
#include "study/yaml.h"

static VgStatus parse(VgArena *arena, const char *text, VgYaml **root, VgError *error)
{
    *error = (VgError){0};
    return vg_yaml_parse(arena, "f.yaml", text, strlen(text), root, error);
}

static void refused(const char *text, size_t line, const char *words)
{
    VgArena *arena = vg_arena_create();
    VgYaml *root;
    VgError error;
    if (parse(arena, text, &root, &error) != VG_INVALID_INPUT)
        fail_msg("not refused: %.60s", text);
    if (error.line != line || !strstr(error.message, words))
        fail_msg("got line %zu: %s; expected line %zu: %s", error.line, error.message, line, words);
    assert_string_equal(error.file, "f.yaml");
    vg_arena_destroy(arena);
}

static void nodes_know_their_lines(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgYaml *root;
    VgError error;
    WITNESS_OK(parse(arena,
                     "# head\na: 1\nb:\n  - x\n  - {c: d}\ne:\n  f: >-\n    long\n    text\n",
                     &root, &error),
               &error);
    assert_int_equal(root->kind, VG_YAML_MAP);
    assert_int_equal(vg_yaml_key_line(root, "a"), 2);
    assert_int_equal(vg_yaml_get(root, "b")->line, 3); /* a section begins at its key */
    assert_int_equal(vg_yaml_get(root, "b")->item[1]->line, 5);
    assert_int_equal(vg_yaml_key_line(vg_yaml_get(root, "e"), "f"), 7);
    assert_string_equal(vg_yaml_get(vg_yaml_get(root, "e"), "f")->text, "long text");
    assert_null(vg_yaml_get(root, "z"));
    assert_null(vg_yaml_get(NULL, "z"));
    vg_arena_destroy(arena);
}

static void words_stay_words(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgYaml *root;
    VgError error;
    WITNESS_OK(parse(arena, "{a: no, b: 007, c: null, d: 'null', e: 1e3}", &root, &error), &error);
    assert_string_equal(vg_yaml_get(root, "a")->text, "no");
    assert_string_equal(vg_yaml_get(root, "b")->text, "007");
    assert_true(vg_yaml_is_null(vg_yaml_get(root, "c")));
    assert_false(vg_yaml_is_null(vg_yaml_get(root, "d")));
    vg_arena_destroy(arena);
}

static void an_alias_is_the_same_value(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgYaml *root;
    VgError error;
    WITNESS_OK(parse(arena, "a: &x [1, 2]\nb: *x\n", &root, &error), &error);
    assert_ptr_equal(vg_yaml_get(root, "a"), vg_yaml_get(root, "b"));
    assert_int_equal(vg_yaml_get(root, "b")->n, 2);
    vg_arena_destroy(arena);
}

static void what_is_no_study_file_is_refused_with_its_line(void **state)
{
    (void)state;
    refused("", 0, "the file is empty");
    refused("# only a comment\n", 0, "the file is empty");
    refused("a: 1\na: 2\n", 2, "the key `a` stands here a second time");
    refused("a: [1, 2\nb: 3\n", 2, "not valid YAML");
    refused("a: 1\n\tb: 2\n", 2, "not valid YAML");
    refused("a: !!int 3\n", 1, "a YAML tag");
    refused("a: *x\n", 1, "the alias *x has no anchor before it");
    refused("a: &x [*x]\n", 1, "an alias inside the value that it stands for");
    refused("a: 1\n---\nb: 2\n", 2, "a second document");
    refused("[a]: 1\n", 1, "a key that is not a plain word");
    refused("a: \"x\\0y\"\n", 1, "a text with a NUL character");
    refused("a: \xff\xfe\n", 1, "not a text file");
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    char text[4001];
    memset(text, '[', 4000);
    text[4000] = '\0';
    refused(text, 1, "nested more than 32 levels deep");
}

/* Nine anchors of nine aliases each would be 9^9 values. */
static void a_billion_laughs_are_refused(void **state)
{
    (void)state;
    VgBuffer text = {0};
    vg_buffer_text(&text, "a0: &a0 [1,1,1,1,1,1,1,1,1]\n");
    for (int i = 1; i < 9; i++) {
        vg_buffer_printf(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 9; k++)
            vg_buffer_printf(&text, "%s*a%d", k ? "," : "", i - 1);
        vg_buffer_text(&text, "]\n");
    }
    refused(text.text, 6, "more than 100000 values");
    vg_buffer_free(&text);
}

static void too_many_aliases_and_bytes_are_refused(void **state)
{
    (void)state;
    VgBuffer text = {0};
    vg_buffer_text(&text, "a: &a 1\nb: [");
    for (int i = 0; i < 101; i++)
        vg_buffer_text(&text, "*a , ");
    vg_buffer_text(&text, "]\n");
    refused(text.text, 2, "more than 100 aliases");
    vg_buffer_free(&text);
    VgArena *arena = vg_arena_create();
    size_t size = (size_t)VG_YAML_MAX_BYTES + 1;
    char *bytes = vg_arena_alloc(arena, size, 1);
    VgYaml *root;
    VgError error = {0};
    assert_int_equal(vg_yaml_parse(arena, "f.yaml", bytes, size, &root, &error), VG_INVALID_INPUT);
    assert_string_equal(error.message, "larger than 1 MB");
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_know_their_lines),
        cmocka_unit_test(words_stay_words),
        cmocka_unit_test(an_alias_is_the_same_value),
        cmocka_unit_test(what_is_no_study_file_is_refused_with_its_line),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(a_billion_laughs_are_refused),
        cmocka_unit_test(too_many_aliases_and_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
