/* What the parts of the study reader share: the tree, the study that is being filled, the problems.
 *
 * Problems of the study are collected, so that one section's errors do not hide another's; a part
 * that could not be read leaves its pointers NULL and what depends on it is skipped. A failed
 * allocation is remembered in `failed` and told once at the end. */
#ifndef VG_STUDY_READER_H
#define VG_STUDY_READER_H

#include <vagus/study.h>

#include "base/map.h"
#include "study/yaml.h"

enum { VG_STUDY_LISTED = 5 }; /* problems of one kind that are listed singly */

/* One table as read, found again by path and by the column of identifiers. */
typedef struct VgStudyTable {
    const char *path, *id;
    VgTable *table; /* NULL when it could not be read (told once) */
} VgStudyTable;

/* Where an outcome stands in the data, for the checks that come after reading. */
typedef struct VgOutcomeSource {
    const VgYaml *node; /* its section in study.yaml; NULL when the outcome is unusable */
    const char *table;  /* path for messages */
    uint32_t *line;     /* n_participants × n_visits: line in the table; 0 = no row */
    bool *measured;     /* n_visits: some value there */
    bool usable;
    bool baseline_failed; /* a baseline is declared, but cannot be had (told) */
} VgOutcomeSource;

typedef struct VgStudyReader {
    VgArena *arena;
    const char *file;
    VgStudy *study;
    VgProblems *problems;
    VgStatus failed; /* memory or disk: stops everything */
    VgError failure;
    const VgYaml *root;
    VgStudyTable *table;
    size_t n_tables;
    const char *const *missing; /* declared missing codes */
    size_t n_missing;
    const char *const *text; /* columns declared to be text */
    size_t n_text;
    const char *id;                     /* column of identifiers in the participants table */
    const VgTable *participants_source; /* the table as read (may be long) */
    const char *participants_path;
    size_t *first_row; /* n_participants: first row in participants_source */
    VgMap *participant_map;
    const bool *varies;     /* per column of participants_source: not constant within participant */
    double *randomised_day; /* n_participants, days since 1970; NULL = not declared */
    VgScale *declared_scale;
    size_t n_declared_scales;
    VgOutcomeSource *outcome_source;
    bool design; /* design.yaml: no data, more sections */
    bool visits_ok, arms_ok, participants_ok, outcomes_ok;
} VgStudyReader;

/* ---- problems.c ---- */

/* An error at a node of study.yaml. */
void vg_study_problem(VgStudyReader *reader, VgStatus code, size_t line, const char *message,
                      const char *hint, ...) VG_PRINTF(4, 6);
/* An error in a table. */
void vg_study_problem_in(VgStudyReader *reader, const char *file, size_t line, const char *message,
                         const char *hint, ...) VG_PRINTF(4, 6);
void vg_study_warn_in(VgStudyReader *reader, const char *file, size_t line, const char *message,
                      const char *hint, ...) VG_PRINTF(4, 6);
/* An error that a lower floor has made; memory and disk go to `failed`. */
void vg_study_problem_from(VgStudyReader *reader, const VgError *error);
/* The first problem that is no warning, in `error`; VG_OK when there is none. */
VgStatus vg_study_first_problem(const VgProblems *problems, VgError *error);
/* Counts one more of a kind; whether it is among those listed singly. */
bool vg_study_listed(size_t *count);
/* "… and 12 more …" when more than those listed were counted. */
void vg_study_and_more(VgStudyReader *reader, size_t count, const char *file, bool warning,
                       const char *what);
/* By file (study.yaml first) and line. */
void vg_study_sort_problems(VgStudyReader *reader);
/* Remembers that an allocation failed. */
void vg_study_no_memory(VgStudyReader *reader);
/* Zeroed memory, or NULL with `failed` set. */
void *vg_study_new(VgStudyReader *reader, size_t count, size_t size);
/* A formatted text in the arena; "" (and `failed` set) when memory is short. */
const char *vg_study_printf(VgStudyReader *reader, const char *format, ...) VG_PRINTF(2, 3);
#define VG_STUDY_NEW(reader, Type, n) ((Type *)vg_study_new((reader), (n), sizeof(Type)))
/* "did you mean `x`?", or `otherwise`. */
const char *vg_study_did_you_mean(VgStudyReader *reader, const char *word,
                                  const char *const *candidate, size_t n, const char *otherwise);

/* ---- fields.c: one field of a mapping; a wrong one is a problem and counts as absent ---- */

/* The node is a mapping (else a problem that names `what`). */
bool vg_study_is_map(VgStudyReader *reader, const VgYaml *node, const char *what);
/* Every key is known; `unbuilt` ones are refused by name. Both lists end with NULL; unbuilt may be
 * NULL. */
void vg_study_keys(VgStudyReader *reader, const VgYaml *map, const char *what,
                   const char *const *known, const char *const *unbuilt);
const char *vg_study_text(VgStudyReader *reader, const VgYaml *map, const char *key);
/* As vg_study_text, and absence is a problem. */
const char *vg_study_need_text(VgStudyReader *reader, const VgYaml *map, const char *key,
                               const char *what, const char *hint);
/* The text of a node that must be a scalar; NULL and a problem otherwise. */
const char *vg_study_scalar(VgStudyReader *reader, const VgYaml *node, const char *what);
bool vg_study_to_number(const char *text, double *number);
/* NaN when absent. */
double vg_study_number(VgStudyReader *reader, const VgYaml *map, const char *key);
bool vg_study_bool(VgStudyReader *reader, const VgYaml *map, const char *key, bool otherwise);
/* [a, b] with a <= b. */
bool vg_study_pair(VgStudyReader *reader, const VgYaml *map, const char *key, double pair[2]);
/* A list of texts (one text counts as a list of one). NULL when absent. */
const char **vg_study_texts(VgStudyReader *reader, const VgYaml *map, const char *key, size_t *n);
/* The index of the text in a NULL-terminated list; `otherwise` when absent or wrong. */
size_t vg_study_choice(VgStudyReader *reader, const VgYaml *map, const char *key,
                       const char *const *choices, size_t otherwise);

/* ---- tables.c ---- */

/* The path that `node` names, from the study's folder, ${NAME} replaced; NULL and a problem otherwise. */
const char *vg_study_path(VgStudyReader *reader, const VgYaml *node);
/* Enters a file among the study's inputs, once. */
void vg_study_input(VgStudyReader *reader, const char *path, const char *sha256, size_t rows);
/* The table named in `node`; NULL when it cannot be had (told once). */
/* The file as `root`, and first among the study's inputs; `no_mapping` is what is told of a file that is none. */
VG_MUST_CHECK VgStatus vg_study_load(VgStudyReader *reader, const char *no_mapping,
                                     const char *hint, const char **text, size_t *length,
                                     VgError *error);
/* Whether a file says how many participants there will be, and names no table of them. */
bool vg_study_is_design(const VgYaml *root);
const VgTable *vg_study_table(VgStudyReader *reader, const VgYaml *node, const char *id);
/* The column named by a key of the map; NULL (and a problem with the nearest column) when it is not
 * there. */
const VgColumn *vg_study_column(VgStudyReader *reader, const VgTable *table, const char *name,
                                size_t line);
/* Whether the value of a row is this code, by number where the column holds numbers. */
bool vg_study_is_code(const VgColumn *column, size_t row, const char *code);
/* The value of a row as text for messages and keys; NULL when missing. */
const char *vg_study_value(VgStudyReader *reader, const VgColumn *column, size_t row);
/* Days since 1970 of a date column (dates or texts YYYY-MM-DD); problems for impossible ones.
 * NULL when the column is no such thing. */
double *vg_study_dates(VgStudyReader *reader, const VgTable *table, const VgColumn *column);
/* The participant of a row; SIZE_MAX when missing or unknown. */
size_t vg_study_participant_of(VgStudyReader *reader, const VgColumn *id, size_t row,
                               const char **text);

/* ---- sections, in this order ---- */
void vg_study_read_about(VgStudyReader *reader);         /* about.c */
void vg_study_read_visits(VgStudyReader *reader);        /* visits.c */
void vg_study_read_arms(VgStudyReader *reader);          /* arms.c */
void vg_study_read_participants(VgStudyReader *reader);  /* participants.c */
void vg_study_read_randomisation(VgStudyReader *reader); /* randomisation.c */
void vg_study_read_scales(VgStudyReader *reader);        /* scale_declared.c */
void vg_study_read_outcomes(VgStudyReader *reader);      /* outcomes.c */
void vg_study_read_events(VgStudyReader *reader);        /* events.c */
void vg_study_read_panel(VgStudyReader *reader);         /* panel.c */
void vg_study_read_axis(VgStudyReader *reader);          /* axis.c */
void vg_study_read_moderators(VgStudyReader *reader);    /* moderators.c */
void vg_study_read_plan(VgStudyReader *reader);          /* plan.c */
void vg_study_read_review(VgStudyReader *reader);        /* review.c: instead of the trial's */

/* ---- shared look-ups ---- */
size_t vg_study_find_visit(const VgStudy *study, const char *name);
/* The visit of which a row's cell is a code; SIZE_MAX = none. */
size_t vg_study_visit_of_row(const VgStudy *study, const VgColumn *column, size_t row);
/* Problem when `name` is none of these; SIZE_MAX then. */
size_t vg_study_need_visit(VgStudyReader *reader, const char *name, size_t line);
size_t vg_study_need_arm(VgStudyReader *reader, const char *name, size_t line);
size_t vg_study_need_outcome(VgStudyReader *reader, const char *name, size_t line);
/* A column of study->participants, constant within participant. NULL and a problem otherwise. */
const VgColumn *vg_study_participant_column(VgStudyReader *reader, const char *name, size_t line);
/* The columns of participants listed under `covariates` of a plan, each once; none of `in_the_model` (to a NULL, or NULL). */
const char **vg_study_covariates(VgStudyReader *reader, const VgYaml *plan,
                                 const char *const *in_the_model, size_t *n);
const VgScale *vg_study_find_scale(VgStudyReader *reader, const char *name, size_t line);
/* Whether an arm has a component. */
bool vg_study_arm_has(const VgStudy *study, size_t arm, size_t component);
/* Letters, digits, _ - . only: names that formulas and file names can carry. */
bool vg_study_good_name(const char *name);

/* ---- adherence.c ---- */
void vg_study_read_adherence(VgStudyReader *reader, const VgYaml *node);

/* ---- multiplicity.c ---- */
void vg_study_read_multiplicity(VgStudyReader *reader, const VgYaml *node);
/* ---- cross.c ---- */
void vg_study_cross_check(VgStudyReader *reader);

#endif
