#include "study/arm_costs.h"

#include <stdint.h>
#include <string.h>

enum { PRICES = 3 };
static const char *const PRICE[PRICES] = {"cost", "harm", "burden"};

typedef struct Costs {
    VgStudyReader *reader;
    const VgTable *table;
    const VgColumn *arm, *price[PRICES]; /* NULL: there is no such column, the price is nought */
    VgArmPrice *of;                      /* study->n_arms */
    bool *told;                          /* study->n_arms */
} Costs;

static bool find_columns(Costs *c)
{
    bool any = false;
    c->arm = vg_table_column(c->table, "arm");
    for (size_t k = 0; k < PRICES; k++) {
        c->price[k] = vg_table_column(c->table, PRICE[k]);
        any = any || c->price[k];
    }
    if (c->arm && any)
        return true;
    vg_study_problem_in(c->reader, c->table->path, 1, "no column %s",
                        "write a table with the columns arm, cost, harm, burden",
                        c->arm ? "cost, harm or burden" : "arm");
    return false;
}

static void unknown_columns(Costs *c)
{
    for (size_t j = 0; j < c->table->n_columns; j++) {
        const VgColumn *column = &c->table->column[j];
        bool known = column == c->arm;
        for (size_t k = 0; k < PRICES; k++)
            known = known || column == c->price[k];
        if (!known)
            vg_study_warn_in(c->reader, c->table->path, 1, "the column %s is not read",
                             "prices are cost, harm and burden", column->name);
    }
}

/* The arm of a row; SIZE_MAX when it is none, or was told before. */
static size_t arm_of(Costs *c, size_t row)
{
    const VgStudy *study = c->reader->study;
    uint32_t line = c->table->line[row];
    const char *name = vg_study_value(c->reader, c->arm, row);
    const char **known = VG_STUDY_NEW(c->reader, const char *, study->n_arms);
    size_t arm = 0;
    if (!known)
        return SIZE_MAX;
    for (size_t a = 0; a < study->n_arms; a++)
        known[a] = study->arm[a].name;
    if (!name) {
        vg_study_problem_in(c->reader, c->table->path, line, "no arm in this row",
                            "name the arm, or remove the row");
        return SIZE_MAX;
    }
    while (arm < study->n_arms && strcmp(known[arm], name) != 0)
        arm++;
    if (arm == study->n_arms) {
        vg_study_problem_in(c->reader, c->table->path, line, "there is no arm `%s`",
                            vg_study_did_you_mean(c->reader, name, known, study->n_arms,
                                                  "name the arms as under arms:"),
                            name);
        return SIZE_MAX;
    }
    if (c->told[arm]) {
        vg_study_problem_in(c->reader, c->table->path, line, "the arm %s has a row already",
                            "keep one", name);
        return SIZE_MAX;
    }
    c->told[arm] = true;
    return arm;
}

static double price_of(Costs *c, size_t price, size_t row)
{
    const VgColumn *column = c->price[price];
    const char *text = column ? vg_study_value(c->reader, column, row) : "0";
    double number;
    if (text && vg_study_to_number(text, &number) && number >= 0)
        return number;
    vg_study_problem_in(c->reader, c->table->path, c->table->line[row],
                        text ? "the %s `%s` is no number of nought or more" : "no %s in this row%s",
                        "write it in units of the outcome: 0 where there is none", PRICE[price],
                        text ? text : "");
    return 0;
}

static void read_rows(Costs *c)
{
    const VgStudy *study = c->reader->study;
    for (size_t row = 0; row < c->table->n_rows; row++) {
        size_t arm = arm_of(c, row);
        const VgArmPrice price = {price_of(c, 0, row), price_of(c, 1, row), price_of(c, 2, row)};
        if (arm != SIZE_MAX)
            c->of[arm] = price;
    }
    for (size_t a = 0; a < study->n_arms; a++)
        if (!c->told[a])
            vg_study_problem_in(c->reader, c->table->path, 0, "the arm %s has no row",
                                "write one for every arm, of noughts where nothing is taken off",
                                study->arm[a].name);
}

/* ---- in the study file itself ---- */

/* ARM: {cost: …, harm: …, burden: …}; what is not said is nought. */
static VgArmPrice price_in_plan(VgStudyReader *reader, const VgYaml *node, const char *arm)
{
    static const char *const KEYS[] = {"cost", "harm", "burden", NULL};
    double price[PRICES] = {0, 0, 0};
    if (!vg_study_is_map(reader, node, arm))
        return (VgArmPrice){0};
    vg_study_keys(reader, node, "costs", KEYS, NULL);
    for (size_t k = 0; k < PRICES; k++) {
        if (!vg_yaml_get(node, PRICE[k]))
            continue;
        price[k] = vg_study_number(reader, node, PRICE[k]);
        if (price[k] < 0)
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, PRICE[k]),
                             "the %s `%g` is no number of nought or more",
                             "write it in units of the outcome: 0 where there is none", PRICE[k],
                             price[k]);
    }
    return (VgArmPrice){price[0], price[1], price[2]};
}

static void prices_in_plan(VgStudyReader *reader, const VgYaml *map, VgArmPrice *of)
{
    for (size_t k = 0; k < map->n; k++) {
        size_t arm = vg_study_need_arm(reader, map->key[k], map->key_line[k]);
        VgArmPrice price = price_in_plan(reader, map->item[k], map->key[k]);
        if (arm != SIZE_MAX)
            of[arm] = price;
    }
}

VgArmPrice *vg_study_arm_costs(VgStudyReader *reader, const VgYaml *node, const char **path)
{
    size_t errors = reader->problems->n_errors;
    Costs c = {.reader = reader};
    c.of = VG_STUDY_NEW(reader, VgArmPrice, reader->study->n_arms + 1);
    if (c.of && node->kind == VG_YAML_MAP) {
        prices_in_plan(reader, node, c.of);
        return reader->problems->n_errors > errors ? NULL : c.of;
    }
    c.table = vg_study_table(reader, node, "arm");
    c.told = VG_STUDY_NEW(reader, bool, reader->study->n_arms + 1);
    if (!c.table || !c.of || !c.told || !reader->arms_ok)
        return NULL;
    *path = c.table->path;
    if (find_columns(&c)) {
        unknown_columns(&c);
        read_rows(&c);
    }
    return reader->problems->n_errors > errors ? NULL : c.of;
}
