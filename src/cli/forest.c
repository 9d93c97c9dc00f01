/* vagus forest: words to columns and options, one forest, answers to rows; --predictions FILE a row a participant. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "cli/forest.h"
#include "report/csv.h"

static VgStatus list(VgSession *session, const char *option, const char *const **names, size_t *n,
                     VgError *error)
{
    const char *text = vg_argument(session->arguments, option);
    *n = 0;
    if (text && !(*names = vg_argument_list(session->arena, text, n)))
        return vg_fail_memory(error);
    return VG_OK;
}

static VgStatus read_aim(const VgSession *session, VgEffectForestColumns *c, VgError *error)
{
    const VgArguments *a = session->arguments;
    const char *target = vg_argument(a, "target");
    bool horizon = vg_argument(a, "horizon") != NULL;
    if (!c->event && (horizon || target))
        return vg_fail(error, VG_USAGE, "--%s without --event",
                       "name the column that says whether the event was seen (1) or not (0)",
                       horizon ? "horizon" : "target");
    if (c->event && !horizon)
        return vg_fail(error, VG_USAGE, "--event without --horizon",
                       "say until which time survival is compared");
    c->aim.horizon = vg_argument_number(a, "horizon", 0);
    c->aim.target =
        target && strcmp(target, "survival") == 0 ? VG_SURVIVAL_PROBABILITY : VG_SURVIVAL_RMST;
    return VG_OK;
}

static VgStatus read_columns(VgSession *session, VgEffectForestColumns *c, VgError *error)
{
    const VgArguments *a = session->arguments;
    *c = (VgEffectForestColumns){.treatment = vg_argument(a, "treatment"),
                                 .outcome = vg_argument(a, "outcome"),
                                 .event = vg_argument(a, "event"),
                                 .cluster = vg_argument(a, "cluster"),
                                 .weight = vg_argument(a, "weights"),
                                 .reference = vg_argument(a, "control"),
                                 .propensity = vg_argument(a, "propensity")};
    VG_TRY(list(session, "features", &c->feature, &c->n_features, error));
    VG_TRY(list(session, "moderators", &c->moderator, &c->n_moderators, error));
    VG_TRY(list(session, "without", &c->without, &c->n_without, error));
    VG_TRY(list(session, "after", &c->after, &c->n_after, error));
    VG_TRY(read_aim(session, c, error));
    c->all_features = c->n_features == 1 && strcmp(c->feature[0], "all") == 0;
    if (c->n_without && !c->all_features)
        return vg_fail(error, VG_USAGE, "--without with named features",
                       "--without goes with --features all");
    return VG_OK;
}

static VgStatus read_options(const VgSession *session, VgEffectForestOptions *o, VgError *error)
{
    const VgArguments *a = session->arguments;
    const char *honesty = vg_argument(a, "honesty");
    *o = (VgEffectForestOptions){
        .level = session->level,
        .folds = (size_t)vg_argument_number(a, "folds", 0),
        .tune = vg_argument_given(a, "tune"),
        .no_ranks = vg_argument_given(a, "no-ranks"),
        .forest = {.trees = (size_t)vg_argument_number(a, "trees", 0),
                   .mtry = (size_t)vg_argument_number(a, "mtry", 0),
                   .min_node_size = (size_t)vg_argument_number(a, "min-node-size", 0),
                   .sample_fraction = vg_argument_number(a, "sample-fraction", 0),
                   .alpha = vg_argument_number(a, "alpha", 0),
                   .imbalance_penalty = vg_argument_number(a, "imbalance-penalty", 0),
                   .equal_clusters = vg_argument_given(a, "equal-clusters"),
                   .seed = (uint64_t)vg_argument_number(a, "seed", 1),
                   .threads = (int)vg_argument_number(a, "threads", 0)}};
    if (honesty && strcmp(honesty, "no") == 0) {
        o->forest.dishonest = true;
        o->forest.group_size = 1; /* no variance that would be valid */
    } else if (honesty) {
        char rest;
        if (sscanf(honesty, "%lf%c", &o->forest.honesty_fraction, &rest) != 1 ||
            !(o->forest.honesty_fraction > 0 && o->forest.honesty_fraction < 1))
            return vg_fail(error, VG_USAGE, "--honesty %s",
                           "give the share of a tree's rows that choose its splits, 0.5 say, or no",
                           honesty);
    }
    if (o->forest.equal_clusters && !vg_argument(a, "cluster"))
        return vg_fail(error, VG_USAGE, "--equal-clusters without --cluster",
                       "name the column of the clusters");
    return VG_OK;
}

/* A row a participant and arm but the reference; `id` may be NULL. */
static VgDataset *list_predictions(VgSession *session, VgResult *list, const VgColumn *id,
                                   const VgEffectForestTable *made, const VgEffectPredictions *p)
{
    static const char *const columns[] = {
        "#row",   "id",           "arm",         "reference",       "#cate",      "#se",
        "#score", "#outcome_hat", "#propensity", "#pseudo_outcome", "#uncensored"};
    VgDataset *all =
        vg_result_dataset(list, NULL, "predictions", columns, p->pseudo_outcome ? 11 : 9);
    for (size_t i = 0; i < made->x.rows; i++)
        for (size_t k = 0; k + 1 < made->n_arms; k++) {
            vg_dataset_row(list, all);
            vg_dataset_set_number(list, all, "row", (double)made->row[i] + 1);
            if (id)
                vg_dataset_set_text(list, all, "id",
                                    vg_column_value_text(session->arena, id, made->row[i]));
            vg_dataset_set_text(list, all, "arm", made->arm_name[k + 1]);
            vg_dataset_set_text(list, all, "reference", made->arm_name[0]);
            vg_dataset_set_number(list, all, "cate", VG_AT(p->effect, i, k));
            vg_dataset_set_number(list, all, "se", VG_AT(p->se, i, k));
            vg_dataset_set_number(list, all, "score", VG_AT(p->score, i, k));
            vg_dataset_set_number(list, all, "outcome_hat", p->outcome_hat[i]);
            vg_dataset_set_number(list, all, "propensity", VG_AT(p->propensity, i, k + 1));
            if (!p->pseudo_outcome)
                continue;
            vg_dataset_set_number(list, all, "pseudo_outcome", p->pseudo_outcome[i]);
            vg_dataset_set_number(list, all, "uncensored", p->uncensored[i]);
        }
    return all;
}

static VgStatus write_predictions(VgSession *session, const VgColumn *id,
                                  const VgEffectForestTable *made, const VgEffectPredictions *p,
                                  const char *path, VgError *error)
{
    VgResult *list = vg_result_create(session->arena, "forest");
    if (!list || !list_predictions(session, list, id, made, p))
        return vg_fail_memory(error);
    VG_TRY(vg_result_status(list, error));
    VgBuffer out = {0};
    vg_csv_dataset(&out, list, "predictions");
    VgStatus status = vg_buffer_status(&out, error);
    if (status == VG_OK)
        status = vg_file_write(path, out.text, out.length, error);
    vg_buffer_free(&out);
    return status;
}

VgStatus vg_cli_forest(VgSession *session, VgError *error)
{
    VgEffectForestColumns columns;
    VgEffectForestOptions options;
    VG_TRY(read_columns(session, &columns, error));
    VG_TRY(read_options(session, &options, error));
    VG_TRY(vg_cli_rule_options(session, &columns, &options, error));
    VgResult *result = vg_session_result(session);
    if (!result)
        return vg_fail_memory(error);
    const char *id_name = vg_argument(session->arguments, "id");
    const VgColumn *id = NULL;
    VgTable *table;
    VgEffectForestTable *made;
    VgEffectPredictions predictions;
    VG_TRY(vg_session_table(session, result, &id_name, id_name != NULL, &table, error));
    if (id_name)
        VG_TRY(vg_table_require(table, id_name, &id, error));
    VG_TRY(vg_effect_forest_table(session->arena, table, &columns, &made, error));
    VG_TRY(vg_cli_rule_prices(session, result, made, &options, error));
    VG_TRY(vg_effect_forest_run(session->arena, made, &options, &predictions, result, error));
    const char *path = vg_argument(session->arguments, "predictions");
    if (path)
        VG_TRY(write_predictions(session, id, made, &predictions, path, error));
    return vg_session_print(session, result, error);
}
