/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of src/page/assets/, as the Makefile puts them together. */
#ifndef PAGE_OWN_H
#define PAGE_OWN_H

#include <stddef.h>

extern const unsigned char tc_html_style[], tc_html_script[];
extern const size_t tc_html_style_len, tc_html_script_len;
/* "sha256-…", as a Content-Security-Policy names them (CSP Level 3, 2.3.1). */
extern const char tc_html_style_hash[], tc_html_script_hash[];

#endif
