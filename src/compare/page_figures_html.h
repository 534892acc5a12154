/* The part of a page that tells of a real run: how it went, what held it back,
 * and what is not known. It needs no script. */
#ifndef HL_COMPARE_PAGE_FIGURES_HTML_H
#define HL_COMPARE_PAGE_FIGURES_HTML_H

#include "compare/page_figures.h"

/* Adds a section. label names the run; is_alone: it is the page's only one, and
 * has its main heading. */
void hl_page_figures_put(struct hl_buf *out,
                         const struct hl_page_figures *figures,
                         const char *label, bool is_alone);

/* The parts of the section, in files of their own, with headings of a level. */
void hl_page_rates_put(struct hl_buf *out,
                       const struct hl_page_figures *figures, int level);
void hl_page_hosts_put(struct hl_buf *out,
                       const struct hl_page_figures *figures, int level);
void hl_page_causes_put(struct hl_buf *out,
                        const struct hl_page_figures *figures, int level);

#endif
