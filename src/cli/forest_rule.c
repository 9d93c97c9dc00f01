/* vagus forest --policy: depth, leaves, features of the rule; what each arm takes from a table. */
#include <string.h>

#include "cli/forest.h"

enum { PRICES = 3 };

static VgStatus check_direction(const VgArguments *a, bool policy, VgEffectForestOptions *options,
                                VgError *error)
{
    bool lower = vg_argument_given(a, "lower-is-better");
    bool higher = vg_argument_given(a, "higher-is-better");
    if (lower && higher)
        return vg_fail(error, VG_USAGE, "both --lower-is-better and --higher-is-better",
                       "give the one that holds for the outcome");
    if (policy && !lower && !higher)
        return vg_fail(error, VG_USAGE, "--policy without a direction of the outcome",
                       "say --lower-is-better (a symptom score) or --higher-is-better");
    options->lower_is_better = lower;
    return VG_OK;
}

VgStatus vg_cli_rule_options(VgSession *session, VgEffectForestColumns *columns,
                             VgEffectForestOptions *options, VgError *error)
{
    static const char *const ONLY[] = {"costs", "min-leaf", "cuts", "policy-features",
                                       "worthwhile"};
    const VgArguments *a = session->arguments;
    bool policy = vg_argument_given(a, "policy");
    for (size_t k = 0; k < sizeof ONLY / sizeof *ONLY; k++)
        if (!policy && vg_argument_given(a, ONLY[k]))
            return vg_fail(error, VG_USAGE, "--%s without --policy",
                           "say how deep the rule may be, --policy 2 for example", ONLY[k]);
    VG_TRY(check_direction(a, policy, options, error));
    options->policy = columns->rule = policy;
    options->tree = (VgPolicyOptions){.depth = (size_t)vg_argument_number(a, "policy", 0),
                                      .min_leaf = (size_t)vg_argument_number(a, "min-leaf", 0),
                                      .max_cuts = (size_t)vg_argument_number(a, "cuts", 0)};
    options->worthwhile = vg_argument_number(a, "worthwhile", 0);
    const char *names = vg_argument(a, "policy-features");
    if (!names)
        return VG_OK;
    columns->rule_feature = vg_argument_list(session->arena, names, &columns->n_rule_features);
    return columns->rule_feature ? VG_OK : vg_fail_memory(error);
}

/* ---- prices ---- */

typedef struct Prices {
    const VgTable *table;
    const VgColumn *arm, *price[PRICES]; /* NULL: no such column, nought */
    const VgEffectForestTable *made;
    VgPolicyPrice *of; /* n_arms */
    bool *told;
} Prices;

static VgStatus find_columns(Prices *p, VgError *error)
{
    static const char *const NAME[PRICES] = {"cost", "harm", "burden"};
    bool any = false;
    VG_TRY(vg_table_require(p->table, "arm", &p->arm, error));
    for (size_t k = 0; k < PRICES; k++) {
        p->price[k] = vg_table_column(p->table, NAME[k]);
        any = any || p->price[k];
        if (p->price[k] && p->price[k]->type != VG_COLUMN_NUMBER)
            return vg_fail_at(error, VG_INVALID_INPUT, p->table->path, 0, "%s is not a number",
                              "write it in units of the outcome: 0 where there is none", NAME[k]);
    }
    return any ? VG_OK
               : vg_fail_at(error, VG_INVALID_INPUT, p->table->path, 0,
                            "no column cost, harm or burden",
                            "write a table with the columns arm, cost, harm, burden");
}

static VgStatus arm_of(VgSession *session, Prices *p, size_t row, size_t *arm, VgError *error)
{
    const char *name =
        vg_column_is_missing(p->arm, row) ? "" : vg_column_value_text(session->arena, p->arm, row);
    if (!name)
        return vg_fail_memory(error);
    *arm = 0;
    while (*arm < p->made->n_arms && strcmp(p->made->arm_name[*arm], name) != 0)
        (*arm)++;
    if (*arm == p->made->n_arms)
        return vg_fail_at(error, VG_INVALID_INPUT, p->table->path, p->table->line[row],
                          "no arm '%s' in column %s", "name the arms as in the data", name,
                          p->made->treatment_name);
    if (p->told[*arm])
        return vg_fail_at(error, VG_INVALID_INPUT, p->table->path, p->table->line[row],
                          "arm %s has a row already", "keep one", name);
    p->told[*arm] = true;
    return VG_OK;
}

static VgStatus price_of(const Prices *p, size_t k, size_t row, double *price, VgError *error)
{
    *price = 0;
    if (!p->price[k])
        return VG_OK;
    if (vg_column_is_missing(p->price[k], row) || !(p->price[k]->number[row] >= 0))
        return vg_fail_at(error, VG_INVALID_INPUT, p->table->path, p->table->line[row],
                          "the %s is missing or below nought",
                          "write it in units of the outcome: 0 where there is none",
                          p->price[k]->name);
    *price = p->price[k]->number[row];
    return VG_OK;
}

static VgStatus read_rows(VgSession *session, Prices *p, VgError *error)
{
    for (size_t row = 0; row < p->table->n_rows; row++) {
        size_t arm = 0;
        VgPolicyPrice price;
        VG_TRY(arm_of(session, p, row, &arm, error));
        VG_TRY(price_of(p, 0, row, &price.cost, error));
        VG_TRY(price_of(p, 1, row, &price.harm, error));
        VG_TRY(price_of(p, 2, row, &price.burden, error));
        p->of[arm] = price;
    }
    for (size_t a = 0; a < p->made->n_arms; a++)
        if (!p->told[a])
            return vg_fail_at(error, VG_INVALID_INPUT, p->table->path, 0, "arm %s has no row",
                              "write one for every arm, of noughts where nothing is taken off",
                              p->made->arm_name[a]);
    return VG_OK;
}

VgStatus vg_cli_rule_prices(VgSession *session, VgResult *result, const VgEffectForestTable *made,
                            VgEffectForestOptions *options, VgError *error)
{
    static const char *const TEXT[] = {"arm"};
    const char *path = vg_argument(session->arguments, "costs");
    if (!path)
        return VG_OK;
    VgTable *table;
    const VgTableOptions as = {.as_text = TEXT, .n_as_text = 1};
    VG_TRY(vg_table_read(session->arena, path, &as, &table, error));
    vg_result_input(result, table->path, table->sha256, table->n_rows);
    Prices p = {.table = table,
                .made = made,
                .of = VG_NEW(session->arena, VgPolicyPrice, made->n_arms),
                .told = VG_NEW(session->arena, bool, made->n_arms)};
    if (!p.of || !p.told)
        return vg_fail_memory(error);
    VG_TRY(find_columns(&p, error));
    VG_TRY(read_rows(session, &p, error));
    options->price = p.of;
    return VG_OK;
}
