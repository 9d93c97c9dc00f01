/* Items of a Stata file whose answers carry labels ("not at all", …) are scored by the numbers behind them. */
#include "support/folder.h"
#include "support/witness.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <readstat.h>

#include <vagus/study.h>

#include "base/file.h"
#include "base/folder.h"

enum { PEOPLE = 4, VISITS = 2, ITEMS = 7 };

static int answer(int person, int visit, int item)
{
    return (person + 2 * visit + item) % 4;
}

static ssize_t write_data(const void *data, size_t size, void *context)
{
    return write(*(int *)context, data, size);
}

static void write_scores(const char *path)
{
    int descriptor = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    readstat_writer_t *writer = readstat_writer_init();
    readstat_set_data_writer(writer, write_data);
    readstat_label_set_t *answers = readstat_add_label_set(writer, READSTAT_TYPE_DOUBLE, "ANSWERS");
    static const char *const LABEL[] = {"not at all", "several days", "more than half the days",
                                        "nearly every day"};
    for (int k = 0; k < 4; k++)
        readstat_label_double_value(answers, k, LABEL[k]);
    readstat_variable_t *id = readstat_add_variable(writer, "id", READSTAT_TYPE_STRING, 4);
    readstat_variable_t *visit = readstat_add_variable(writer, "visit", READSTAT_TYPE_STRING, 4);
    readstat_variable_t *item[ITEMS];
    static const char *const NAME[ITEMS] = {"gad_1", "gad_2", "gad_3", "gad_4",
                                            "gad_5", "gad_6", "gad_7"};
    for (int k = 0; k < ITEMS; k++) {
        item[k] = readstat_add_variable(writer, NAME[k], READSTAT_TYPE_DOUBLE, 8);
        readstat_variable_set_label_set(item[k], answers);
    }
    assert_int_equal(readstat_begin_writing_dta(writer, &descriptor, PEOPLE * VISITS), READSTAT_OK);
    for (int row = 0; row < PEOPLE * VISITS; row++) {
        char name[8] = {'P', (char)('1' + row / VISITS), 0};
        readstat_begin_row(writer);
        readstat_insert_string_value(writer, id, name);
        readstat_insert_string_value(writer, visit, row % VISITS ? "w4" : "w0");
        for (int k = 0; k < ITEMS; k++)
            readstat_insert_double_value(writer, item[k], answer(row / VISITS, row % VISITS, k));
        assert_int_equal(readstat_end_row(writer), READSTAT_OK);
    }
    assert_int_equal(readstat_end_writing(writer), READSTAT_OK);
    readstat_writer_free(writer);
    close(descriptor);
}

static const char PARTICIPANTS[] = "id,arm\nP1,a\nP2,b\nP3,a\nP4,b\n";
static const char STUDY[] = "vagus: 1\n"
                            "title: Labelled items\n"
                            "data: simulated\n"
                            "participants: {table: participants.csv, id: id}\n"
                            "visits: [{name: w0, day: 0}, {name: w4, day: 28}]\n"
                            "arms: {a: [usual], b: [usual]}\n"
                            "components: {usual: {type: usual_care}}\n"
                            "randomisation: {arm: arm}\n"
                            "outcomes:\n"
                            "  gad7: {table: scores.dta, scale: GAD-7, visit: visit, items: "
                            "gad_1..gad_7, baseline: w0}\n"
                            "plan:\n"
                            "  primary:\n"
                            "    estimand:\n"
                            "      population: randomised participants\n"
                            "      treatment: b against a\n"
                            "      variable: gad7 at w4\n"
                            "      intercurrent: none\n"
                            "      summary: difference in means\n"
                            "    method: {ancova: {covariates: [baseline]}}\n";

static void labelled_items_are_scored_by_their_numbers(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    const char *folder = folder_new(arena);
    folder_write(arena, folder, "participants.csv", PARTICIPANTS);
    folder_write(arena, folder, "study.yaml", STUDY);
    write_scores(vg_path_join(arena, folder, "scores.dta"));
    VgStudy *study;
    VgProblems problems;
    WITNESS_OK(vg_study_read(arena, folder, &study, &problems, &error), &error);
    for (int person = 0; person < PEOPLE; person++)
        for (int visit = 0; visit < VISITS; visit++) {
            double total = 0;
            for (int k = 0; k < ITEMS; k++)
                total += answer(person, visit, k);
            assert_true(study->outcome[0].value[person + PEOPLE * visit] == total);
        }
    folder_remove(folder);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labelled_items_are_scored_by_their_numbers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
