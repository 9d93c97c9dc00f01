/* A report page of a result, drawn for tests to look at. */
#ifndef VG_TESTS_REPORT_PAGE_H
#define VG_TESTS_REPORT_PAGE_H

#include <vagus/result.h>

#include "report/html.h"

typedef struct Page {
    VgArena *arena; /* the page's own: freed with it */
    VgView view;
    VgFigures figures;
    VgBuffer html;
} Page;

void page_draw(Page *page, VgArena *arena, const VgResult *result);
void page_open(Page *page, VgResult *(*make)(VgArena *));
void page_close(Page *page);

/* How often `what` stands in a text. */
size_t page_count(const char *text, const char *what);

#endif
