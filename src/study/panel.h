/* What the parts of the panel's reader share. */
#ifndef VG_STUDY_PANEL_H
#define VG_STUDY_PANEL_H

#include <vagus/panel_layer.h>

#include "study/reader.h"

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
    size_t *table_row; /* n: row of the table */
    const char *batch; /* default column of batches; NULL = none */
    bool *seen;        /* n: some layer has it */
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
    size_t *row; /* layer->n_samples: rows of the file's table that are used */
} VgLayerReader;

/* Finds the participant and visit of each of the file's samples, and fills the layer's samples; every sample that is
 * not in the sheet, and the reverse, is a problem or warning. `line` (may be NULL) gives each sample's line in the file.
 * False when nothing is left. */
bool vg_study_place_samples(VgLayerReader *layer, const char *const *sample, size_t n,
                            const uint32_t *line);
/* Batch and load, columns of the sample sheet. */
void vg_study_sample_columns(VgLayerReader *layer);

void vg_study_read_abundances(VgLayerReader *layer); /* panel_abundances.c */
void vg_study_read_measured(VgLayerReader *layer);   /* panel_measured.c */

#endif
