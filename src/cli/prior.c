/* --as-prior FILE: where the next trial's effect lies, as a prior that design files read. */
#include "cli/evidence.h"

#include <math.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "report/text.h"

static const VgEstimate *find(const VgResult *result, const char *quantity, const char *term)
{
    for (size_t i = 0; i < result->n_estimates; i++)
        if (strcmp(result->estimate[i].quantity, quantity) == 0 && result->estimate[i].term &&
            strcmp(result->estimate[i].term, term) == 0)
            return &result->estimate[i];
    return NULL;
}

static double number(const VgResult *result, const char *key)
{
    const VgFact *fact = vg_result_find_fact(result, VG_FACTS_FIT, NULL, key);
    return fact ? fact->number : (double)NAN;
}

static const char *text(const VgResult *result, const char *key)
{
    const VgFact *fact = vg_result_find_fact(result, VG_FACTS_FIT, NULL, key);
    return fact && fact->text ? fact->text : "";
}

static void put(VgBuffer *out, const char *key, double value)
{
    vg_buffer_printf(out, "  %s: %.17g\n", key, value);
}

/* JSON strings are YAML too. */
static void put_text(VgBuffer *out, const char *key, const char *value)
{
    vg_buffer_printf(out, "  %s: ", key);
    vg_json_string(out, value);
    vg_buffer_text(out, "\n");
}

static void write_prior(VgBuffer *out, const VgResult *result, const VgEstimate *prediction)
{
    double df = number(result, "predictive_df");
    const VgFact *data = vg_result_find_fact(result, VG_FACTS_STUDY, NULL, "data");
    vg_buffer_text(
        out, "# The distribution of the next trial's true effect, made by vagus meta --as-prior.\n"
             "# docs/methods/living-evidence.md says what each number is.\n"
             "prior:\n");
    put_text(out, "distribution", isfinite(df) ? "t" : "normal");
    put(out, "mean", number(result, "predictive_mean"));
    put(out, "scale", number(result, "predictive_scale"));
    if (isfinite(df))
        put(out, "df", df);
    put(out, "lower", prediction->lower);
    put(out, "upper", prediction->upper);
    put(out, "level", result->level);
    put_text(out, "measure", text(result, "measure"));
    put_text(out, "unit", text(result, "unit"));
    vg_buffer_printf(out, "  k: %.0f\n", number(result, "k"));
    const VgFact *lower = vg_result_find_fact(result, VG_FACTS_FIT, NULL, "lower_is_better");
    if (lower)
        vg_buffer_printf(out, "  lower_is_better: %s\n", lower->number != 0 ? "true" : "false");
    put_text(out, "data", data && data->text ? data->text : "real");
    vg_buffer_text(out, "  source:\n");
    for (size_t i = 0; i < result->n_inputs; i++) {
        vg_buffer_text(out, "    - path: ");
        vg_json_string(out, result->input[i].path);
        vg_buffer_printf(out, "\n      sha256: %s\n", result->input[i].sha256);
    }
}

VgStatus vg_cli_write_prior(const VgResult *result, const char *path, VgError *error)
{
    const VgEstimate *prediction = find(result, "prediction", "random");
    if (!prediction)
        return vg_fail(error, VG_NOT_ESTIMABLE, "there is no prediction interval",
                       "it needs at least three studies and a random-effects model");
    VgBuffer out = {0};
    write_prior(&out, result, prediction);
    VgStatus status = vg_buffer_status(&out, error);
    if (status == VG_OK)
        status = vg_file_write(path, out.text, out.length, error);
    vg_buffer_free(&out);
    return status;
}
