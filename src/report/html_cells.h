/* What the tables of the page are made of. */
#ifndef VG_REPORT_HTML_CELLS_H
#define VG_REPORT_HTML_CELLS_H

#include "report/html.h"

/* Opens a table up to the first heading of a column; the caller ends the row of headings. */
void vg_html_table_head(VgBuffer *out, const char *caption);
void vg_html_table_heading(VgBuffer *out, const char *text, bool number);
void vg_html_table_foot(VgBuffer *out);
void vg_html_text_cell(VgBuffer *out, const char *text, bool row_heading);
void vg_html_number_cell(VgBuffer *out, double value, int decimals);
/* Without its "p =". */
void vg_html_p_cell(VgBuffer *out, const VgView *view, double p);

/* The unit of an analysis that pooled logarithms ("log risk ratio"); NULL for any other. */
const char *vg_html_log_unit(const VgView *view, const char *analysis);

#endif
