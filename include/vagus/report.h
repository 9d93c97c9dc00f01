/** @file report.h
 *  From a result to what people open: results.sqlite, results.json, tables, figures and report.html. */
#ifndef VAGUS_REPORT_H
#define VAGUS_REPORT_H

#include <stdio.h>

#include <vagus/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Writes the whole results folder: report.html, results.sqlite, results.json, tables/ (CSV), figures/ (SVG),
 *  manifest.json. All of it is made in a temporary folder beside `directory` and renamed into place, so
 *  that a failure leaves the old folder as it was. An old results folder is replaced; files in it that a report
 *  does not make are kept. report.html and results.json depend on the result alone, not on the clock.
 *  @return VG_INVALID_INPUT (`directory` is a file, or a folder of other things, which is never replaced),
 *          VG_IO, VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_report_write(const VgResult *result, const char *directory,
                                       VgError *error);

/** Reads back the result stored in a results folder (results.sqlite), equal to the one written.
 *  `result` is owned by `arena`.
 *  @return VG_INVALID_INPUT (no store there, or of another layout), VG_IO, VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_report_read(VgArena *arena, const char *directory, VgResult **result,
                                      VgError *error);

struct VgAxis;
/** The causal graph of a design or study as an SVG document, left to right from treatments to symptoms, with the effects of
 *  a design on its arrows. `*svg` is the arena's. */
VG_MUST_CHECK VgStatus vg_report_axis_graph(VgArena *arena, const struct VgAxis *axis,
                                            const char *title, const char **svg, size_t *length,
                                            VgError *error);

/** The contract's JSON object, the tidy CSV, and text tables of at most `width` columns, to a stream. */
VG_MUST_CHECK VgStatus vg_result_print_json(const VgResult *result, FILE *stream, VgError *error);

/** The same with the result's datasets: "datasets": [{"name", "analysis", "rows": [ROW…]}]. */
VG_MUST_CHECK VgStatus vg_result_print_json_and_datasets(const VgResult *result, FILE *stream,
                                                         VgError *error);
VG_MUST_CHECK VgStatus vg_result_print_csv(const VgResult *result, FILE *stream, VgError *error);
VG_MUST_CHECK VgStatus vg_result_print_text(const VgResult *result, int digits, int width,
                                            FILE *stream, VgError *error);

/** A forest of an analysis that pools studies, drawn with characters on lines of at most `width` columns (80 when it is
 *  nought, at least 60): studies by subgroup with effect, interval and weight, pooled effects, prediction interval,
 *  heterogeneity. Prints nothing when the analysis pools no studies. `analysis` NULL = a result without names of
 *  analyses; `digits` 4 = as many decimals as show two digits of the middle study's error (ratios: two decimals).
 *  @return VG_IO, VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_result_print_forest(const VgResult *result, const char *analysis,
                                              int digits, int width, FILE *stream, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
