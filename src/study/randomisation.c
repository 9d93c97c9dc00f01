/* Randomisation: who is in which arm, strata, probabilities, dates. */
#include "study/reader.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* One number for each arm, into `probability` (n_arms); false and a problem when they are none. */
static bool read_probabilities(VgStudyReader *reader, const VgYaml *list, double *probability)
{
    const VgStudy *study = reader->study;
    if (list->kind != VG_YAML_LIST || list->n != study->n_arms) {
        vg_study_problem(reader, VG_INVALID_INPUT, list->line,
                         "`probability` is not a list of one number for each of %zu arms",
                         "write them in the order of arms:", study->n_arms);
        return false;
    }
    double sum = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (list->item[i]->kind != VG_YAML_SCALAR ||
            !vg_study_to_number(list->item[i]->text, &probability[i]) || probability[i] <= 0) {
            vg_study_problem(reader, VG_INVALID_INPUT, list->item[i]->line,
                             "a probability of randomisation is not a positive number",
                             "write numbers that sum to 1");
            return false;
        }
        sum += probability[i];
    }
    if (fabs(sum - 1) > 0.005) { /* thirds are written as 0.33 */
        vg_study_problem(reader, VG_INVALID_INPUT, list->line,
                         "the probabilities of randomisation sum to %g", "they must sum to 1", sum);
        return false;
    }
    return true;
}

static void read_probability(VgStudyReader *reader, const VgYaml *section)
{
    const VgYaml *list = vg_yaml_get(section, "probability");
    if (!list || list->kind == VG_YAML_MAP || !reader->arms_ok)
        return;
    double *probability = VG_STUDY_NEW(reader, double, reader->study->n_arms);
    if (probability && read_probabilities(reader, list, probability))
        reader->study->probability = probability;
}

/* {by: COLUMN, VALUE: [...], ...}: where it varied, between sites or over time. */
static void read_probability_by(VgStudyReader *reader, const VgYaml *section)
{
    VgStudy *study = reader->study;
    const VgYaml *map = vg_yaml_get(section, "probability");
    if (!map || map->kind != VG_YAML_MAP || !reader->arms_ok)
        return;
    const char *by = vg_study_need_text(reader, map, "by", "probability",
                                        "name the column whose values the other keys are");
    const VgColumn *column =
        by ? vg_study_participant_column(reader, by, vg_yaml_key_line(map, "by")) : NULL;
    double *own = VG_STUDY_NEW(reader, double, study->n_arms);
    double *of = VG_STUDY_NEW(reader, double, study->n_participants * study->n_arms);
    if (!column || !own || !of)
        return;
    for (size_t i = 0; i < study->n_participants * study->n_arms; i++)
        of[i] = NAN;
    bool sound = true;
    for (size_t k = 0; k < map->n; k++) {
        if (strcmp(map->key[k], "by") == 0)
            continue;
        if (!read_probabilities(reader, map->item[k], own)) {
            sound = false;
            continue;
        }
        size_t held = 0;
        for (size_t i = 0; i < study->n_participants; i++) {
            bool is = vg_study_is_code(column, i, map->key[k]);
            held += is;
            for (size_t a = 0; is && a < study->n_arms; a++)
                of[a * study->n_participants + i] = own[a];
        }
        if (!held)
            vg_study_problem(reader, VG_INVALID_INPUT, map->key_line[k],
                             "no participant has `%s` in column %s",
                             "remove it, or write it as the data do", map->key[k], by);
    }
    if (sound)
        study->probability_of = of;
}

/* Everybody who was randomised needs a probability. */
static void check_probability_by(VgStudyReader *reader)
{
    const VgStudy *study = reader->study;
    size_t without = 0;
    for (size_t i = 0; study->probability_of && study->arm_of && i < study->n_participants; i++)
        if (study->arm_of[i] >= 0 && isnan(study->probability_of[i]) && vg_study_listed(&without))
            vg_study_problem_in(reader, study->participants->path, study->participants->line[i],
                                "no probability of randomisation for participant %s",
                                "list every value of the column of `by:` under probability:",
                                study->participant[i]);
    vg_study_and_more(reader, without, reader->file, false,
                      "participants without a probability of randomisation");
}

static void read_cluster(VgStudyReader *reader, const VgYaml *section)
{
    const char *name = vg_study_text(reader, section, "cluster");
    if (name && vg_study_participant_column(reader, name, vg_yaml_key_line(section, "cluster")))
        reader->study->cluster_column = name;
}

static void read_strata(VgStudyReader *reader, const VgYaml *section)
{
    VgStudy *study = reader->study;
    size_t n, line = vg_yaml_key_line(section, "strata");
    const char **names = vg_study_texts(reader, section, "strata", &n);
    study->stratum = names;
    for (size_t i = 0; i < n; i++)
        if (vg_study_participant_column(reader, names[i], line))
            names[study->n_strata++] = names[i];
}

/* Dates of a participants' column, one a participant; NULL when not declared. */
static double *read_date(VgStudyReader *reader, const VgYaml *section, const char *key)
{
    const char *name = vg_study_text(reader, section, key);
    const VgColumn *column =
        name ? vg_study_participant_column(reader, name, vg_yaml_key_line(section, key)) : NULL;
    return column ? vg_study_dates(reader, reader->study->participants, column) : NULL;
}

static void check_start(VgStudyReader *reader, const double *randomised, const double *started)
{
    const VgStudy *study = reader->study;
    size_t early = 0;
    for (size_t i = 0; randomised && started && i < study->n_participants; i++)
        if (started[i] < randomised[i] && vg_study_listed(&early))
            vg_study_problem_in(reader, study->participants->path, study->participants->line[i],
                                "participant %s started treatment %g day(s) before randomisation",
                                "correct one of the two dates", study->participant[i],
                                randomised[i] - started[i]);
    vg_study_and_more(reader, early, study->participants->path, false,
                      "treatment started before randomisation");
}

static size_t arm_of_row(const VgStudy *study, const VgColumn *column, size_t row)
{
    for (size_t a = 0; a < study->n_arms; a++)
        if (vg_study_is_code(column, row, study->arm[a].code))
            return a;
    return SIZE_MAX;
}

static void undeclared_arm(VgStudyReader *reader, const VgColumn *column, size_t participant)
{
    const VgStudy *study = reader->study;
    const char *text = vg_study_value(reader, column, participant);
    const char **codes = VG_STUDY_NEW(reader, const char *, study->n_arms);
    if (!text)
        return;
    for (size_t a = 0; codes && a < study->n_arms; a++)
        codes[a] = study->arm[a].code;
    const char *hint = codes ? vg_study_did_you_mean(reader, text, codes, study->n_arms,
                                                     "declare it under arms:, or give code: there")
                             : "";
    vg_study_problem_in(reader, study->participants->path, study->participants->line[participant],
                        "the arm `%s` of participant %s is not declared", hint, text,
                        study->participant[participant]);
}

/* Codes of groups that were never randomised: a reference beside the trial. */
typedef struct Outside {
    const char **code;
    size_t n;
} Outside;

static bool is_outside(const Outside *outside, const VgColumn *column, size_t row)
{
    for (size_t k = 0; k < outside->n; k++)
        if (vg_study_is_code(column, row, outside->code[k]))
            return true;
    return false;
}

static Outside read_outside(VgStudyReader *reader, const VgYaml *section, const VgColumn *column)
{
    const VgStudy *study = reader->study;
    Outside outside = {0};
    outside.code = vg_study_texts(reader, section, "not_randomised", &outside.n);
    size_t line = vg_yaml_key_line(section, "not_randomised");
    for (size_t k = 0; k < outside.n; k++) {
        size_t n = 0;
        for (size_t i = 0; i < study->n_participants; i++)
            n += vg_study_is_code(column, i, outside.code[k]);
        for (size_t a = 0; a < study->n_arms; a++)
            if (strcmp(study->arm[a].code, outside.code[k]) == 0)
                vg_study_problem(reader, VG_INVALID_INPUT, line,
                                 "`%s` is an arm and is said not to be randomised",
                                 "keep it in one place", outside.code[k]);
        if (!n)
            vg_study_problem(reader, VG_INVALID_INPUT, line, "no participant has `%s` in column %s",
                             "remove it, or write it as the data do", outside.code[k],
                             column->name);
    }
    return outside;
}

/* Someone without arm who has no date of randomisation was not randomised; without dates it is an
 * error. */
static void assign_arms(VgStudyReader *reader, const VgColumn *column, const Outside *outside)
{
    VgStudy *study = reader->study;
    const VgTable *table = study->participants;
    size_t without = 0, undeclared = 0, not_randomised = 0;
    size_t *count = VG_STUDY_NEW(reader, size_t, study->n_arms);
    study->arm_of = VG_STUDY_NEW(reader, int32_t, study->n_participants);
    if (!study->arm_of || !count)
        return;
    for (size_t i = 0; i < study->n_participants; i++) {
        size_t arm = arm_of_row(study, column, i);
        study->arm_of[i] = arm == SIZE_MAX ? -1 : (int32_t)arm;
        if (arm != SIZE_MAX)
            count[arm]++;
        else if (is_outside(outside, column, i))
            continue;
        else if (!vg_column_is_missing(column, i)) {
            if (vg_study_listed(&undeclared))
                undeclared_arm(reader, column, i);
        } else if (reader->randomised_day && isnan(reader->randomised_day[i])) {
            not_randomised++;
        } else if (vg_study_listed(&without)) {
            vg_study_problem_in(reader, table->path, table->line[i],
                                "participant %s has no arm (column %s)",
                                "give the arm as randomised, also of those who left",
                                study->participant[i], column->name);
        }
    }
    if (not_randomised)
        vg_study_warn_in(reader, table->path, 0,
                         "%zu participant(s) with neither arm nor date of randomisation",
                         "they count as not randomised and are in no analysis", not_randomised);
    vg_study_and_more(reader, without, table->path, false, "participants without arm");
    vg_study_and_more(reader, undeclared, table->path, false, "arms that are not declared");
    const VgYaml *arms = vg_yaml_get(reader->root, "arms");
    for (size_t a = 0; a < study->n_arms; a++)
        if (count[a] == 0)
            vg_study_problem(reader, VG_INVALID_INPUT, arms->key_line[a],
                             "no participant is in arm %s (`%s` in column %s)",
                             "remove the arm, or give the code: that the data have",
                             study->arm[a].name, study->arm[a].code, column->name);
}

/* What was randomised together is in one arm. */
static void check_clusters(VgStudyReader *reader)
{
    const VgStudy *study = reader->study;
    const VgColumn *column =
        study->cluster_column ? vg_table_column(study->participants, study->cluster_column) : NULL;
    VgMap *clusters = vg_map_create(reader->arena);
    int32_t *arm = VG_STUDY_NEW(reader, int32_t, study->n_participants + 1);
    size_t apart = 0;
    for (size_t i = 0; column && clusters && arm && study->arm_of && i < study->n_participants;
         i++) {
        const char *name = study->arm_of[i] < 0 ? NULL : vg_study_value(reader, column, i);
        int64_t c = name ? vg_map_add(clusters, name, strlen(name)) : -1;
        if (c < 0)
            continue;
        if (arm[c] && arm[c] != study->arm_of[i] + 1 && vg_study_listed(&apart))
            vg_study_problem_in(reader, study->participants->path, study->participants->line[i],
                                "the cluster `%s` has people of %s and, with participant %s, of %s",
                                "clusters were randomised whole; where people were, within sites, "
                                "give the sites as strata:",
                                name, study->arm[arm[c] - 1].name, study->participant[i],
                                study->arm[study->arm_of[i]].name);
        arm[c] = study->arm_of[i] + 1;
    }
    vg_study_and_more(reader, apart, reader->file, false, "clusters with people of several arms");
}

void vg_study_read_randomisation(VgStudyReader *reader)
{
    static const char *const KEYS[] = {"arm",  "strata",          "probability",    "cluster",
                                       "date", "treatment_start", "not_randomised", NULL};
    const VgYaml *section = vg_yaml_get(reader->root, "randomisation");
    if (!section) {
        vg_study_problem(reader, VG_INVALID_INPUT, reader->root->line,
                         "the study file has no `randomisation`",
                         "add randomisation: {arm: COLUMN} with the arm as randomised");
        return;
    }
    if (!vg_study_is_map(reader, section, "randomisation"))
        return;
    vg_study_keys(reader, section, "randomisation", KEYS, NULL);
    const char *name = vg_study_need_text(reader, section, "arm", "randomisation",
                                          "name the column of arms as randomised");
    read_probability(reader, section);
    if (!reader->participants_ok)
        return;
    read_strata(reader, section);
    read_probability_by(reader, section);
    read_cluster(reader, section);
    reader->randomised_day = read_date(reader, section, "date");
    check_start(reader, reader->randomised_day, read_date(reader, section, "treatment_start"));
    const VgColumn *arm =
        name ? vg_study_participant_column(reader, name, vg_yaml_key_line(section, "arm")) : NULL;
    reader->study->arm_column = arm ? arm->name : NULL;
    if (arm && reader->arms_ok) {
        Outside outside = read_outside(reader, section, arm);
        assign_arms(reader, arm, &outside);
        check_probability_by(reader);
        check_clusters(reader);
    }
}
