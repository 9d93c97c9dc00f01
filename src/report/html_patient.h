/* What the parts of the page for patients share. Everything they say is a phrase in the view's language. */
#ifndef VG_REPORT_HTML_PATIENT_H
#define VG_REPORT_HTML_PATIENT_H

#include "report/html.h"

void vg_patient_say(VgBuffer *out, const VgView *view, const char *tag, const char *key,
                    const VgSlot *slots, size_t n);
/* A phrase in the arena. */
const char *vg_patient_text(const VgView *view, const char *key, const VgSlot *slots, size_t n);
/* A number as the language writes it. */
const char *vg_patient_number(const VgView *view, double value);
/* "points" as the language has it; any other unit as the study writes it. */
const char *vg_patient_unit(const VgView *view, const char *unit);

/* How many of 100 people in each arm felt much better, or had few symptoms left (html_patient_hundred.c). */
void vg_patient_hundred(VgBuffer *out, const VgView *view);
/* One row of 100 people; `style` colours those with `yes`. */
void vg_patient_icons(VgBuffer *out, const VgView *view, int style, int yes, const char *name);
/* The rows as a table, for who cannot see them. */
void vg_patient_icon_table(VgBuffer *out, const VgView *view, const char *question,
                           const char *const *group, const int *yes, size_t n);

/* A recommended rule: its groups of 100 people. Nothing else is shown of who benefits (html_patient_strata.c). */
void vg_patient_rule(VgBuffer *out, const VgView *view);
/* Whether it could be told who benefits more, in a sentence or two. */
void vg_patient_who_benefits(VgBuffer *out, const VgView *view);

#endif
