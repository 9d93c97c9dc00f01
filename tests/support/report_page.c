#include "support/witness.h"

#include "support/report_page.h"

void page_draw(Page *page, VgArena *arena, const VgResult *result)
{
    VgError error = {0};
    *page = (Page){.arena = arena};
    assert_non_null(result);
    WITNESS_OK(vg_view_create(arena, result, &page->view, &error), &error);
    vg_figures_draw(&page->view, &page->figures);
    vg_html_page(&page->html, &page->view, &page->figures);
    WITNESS_OK(vg_buffer_status(&page->html, &error), &error);
}

void page_open(Page *page, VgResult *(*make)(VgArena *))
{
    VgArena *arena = vg_arena_create();
    page_draw(page, arena, make(arena));
}

void page_close(Page *page)
{
    vg_buffer_free(&page->html);
    vg_figures_free(&page->figures);
    vg_arena_destroy(page->arena);
}

size_t page_count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}
