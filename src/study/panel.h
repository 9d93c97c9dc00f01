/* What the parts of the panel's reader share. */
#ifndef VG_STUDY_PANEL_H
#define VG_STUDY_PANEL_H

#include <vagus/panel_layer.h>

#include "study/reader.h"

/* Of a row without participant. */
typedef enum VgControl {
    VG_CONTROL_UNTOLD = 0,
    VG_CONTROL_NEGATIVE,
    VG_CONTROL_POSITIVE
} VgControl;

/* Which participant and visit a sample is of, as the sample sheet says or as names are made of the columns of
 * a layer's own table. */
typedef struct VgSampleSheet {
    const char *path; /* NULL: names are made of participant and visit, and no row is expected */
    VgMap *map;       /* sample → row */
    size_t n;
    size_t *participant; /* n; SIZE_MAX = a control (blank, mock) */
    size_t *visit;       /* n */
    const char **matrix; /* n, entries may be NULL; NULL = not told */
    uint32_t *line;      /* n */
    const VgTable *table;
    size_t *table_row;      /* n: row of the table */
    const char *batch;      /* default column of batches; NULL = none */
    bool *seen;             /* n: some layer has it */
    unsigned char *control; /* n: VgControl; NULL = the sheet does not tell kinds of control */
    bool *repeat;           /* n: a second sample of its participant and visit (`duplicates`) */
    double *minute;         /* n minutes after waking; NULL without times */
    bool times_verified;
} VgSampleSheet;

/* The section `samples`; NULL when it cannot be had (told). */
VgSampleSheet *vg_study_sample_sheet(VgStudyReader *reader, const VgYaml *node);
/* Every participant at every visit as PARTICIPANT_VISIT. */
VgSampleSheet *vg_study_sample_names(VgStudyReader *reader);

/* A layer being read. */
typedef struct VgLayerReader {
    VgStudyReader *reader;
    const VgYaml *node;
    const char *what; /* "the layer stool" */
    VgLayer *layer;
    VgSampleSheet *sheet;
    const char *path;
    const char **leave_out;
    size_t n_leave_out;
    const char **negative; /* contaminants: negative: */
    size_t n_negative;
    const char *dna; /* contaminants: dna: */
    size_t dna_line;
    size_t *row; /* layer->n_samples: rows of the file's table; SIZE_MAX = none (curves) */
    size_t *repeat_row, *repeat_of; /* n_repeats: rows that measure the sample `repeat_of` again */
    size_t n_repeats;
    size_t *negative_row; /* layer->n_negative: rows of negative controls */
    bool of_people;       /* a reference: a sample is a person, and nothing is left out by name */
    bool curves;          /* some participant has several samples at a visit, each with its time */
} VgLayerReader;

/* The columns of sampling times of a sheet that will have `most` rows; rows to come have no time (panel_times.c). */
void vg_study_sheet_times(VgStudyReader *reader, const VgYaml *node, VgSampleSheet *sheet,
                          size_t most);

/* Finds the participant and visit of each of the file's samples, and fills the layer's samples; every sample that is
 * not in the sheet, and the reverse, is a problem or warning. `line` (may be NULL) gives each sample's line in the file.
 * False when nothing is left. */
bool vg_study_place_samples(VgLayerReader *layer, const char *const *sample, size_t n,
                            const uint32_t *line);
/* Batch, load and DNA, columns of the sample sheet. */
void vg_study_sample_columns(VgLayerReader *layer);
/* A column of the sheet as numbers above 0 for the layer's samples; NULL (and a problem) when it is not that. A missing one
 * is a problem where `needed`. `words` name it in messages. */
double *vg_study_sample_numbers(VgLayerReader *layer, const VgColumn *column, size_t line,
                                const char *words, const char *example, bool needed);

/* ---- panel_controls.c ---- */

/* The column of the sheet that tells kinds of control, as one entry per row of the sheet. */
void vg_study_read_control(VgStudyReader *reader, VgSampleSheet *sheet, const VgColumn *column);
/* The keys `batch` and `contaminants` of a layer. The first gives the column (NULL = none named). */
const char *vg_study_batch_key(VgLayerReader *layer);
void vg_study_read_contaminants(VgLayerReader *layer);
/* Whether a sample of the file that the sheet calls a control, or that is in no sheet, is a negative one. */
bool vg_study_is_negative(const VgLayerReader *layer, const char *sample, int64_t row);
/* After the samples are placed: every declared negative control was found. */
void vg_study_check_negatives(VgLayerReader *layer, const char *const *sample);

/* An empty sheet with room for n samples; NULL when memory is short. */
VgSampleSheet *vg_study_new_sheet(VgStudyReader *reader, size_t n);
/* The people that layers are compared with: the keys `reference` and `pipeline` (panel_reference.c). */
void vg_study_read_references(VgStudyReader *reader, const VgYaml *section);

void vg_study_read_derivations(VgLayerReader *layer); /* panel_derivation.c */
void vg_study_read_modules_key(VgLayerReader *layer); /* panel_modules.c */
void vg_study_read_abundances(VgLayerReader *layer);  /* panel_abundances.c */
void vg_study_read_measured(VgLayerReader *layer);    /* panel_measured.c */
void vg_study_read_intervals(VgLayerReader *layer);   /* panel_intervals.c */

#endif
