/* SPDX-License-Identifier: BSD-2-Clause */
/* Explained frames as objects, for lines and pages of JSON. */
#ifndef EXPLAIN_OBJECT_H
#define EXPLAIN_OBJECT_H

#include <tcpcraft/explain.h>

#include <jansson.h>

/* The caller's. number, show: as for tc_explain_json. */
json_t *tc_explain_object(const struct tc_explain *e, uint64_t number, unsigned show);

/* What the table says of a field: unit, meaning, reference. */
void tc_explain_row(json_t *o, const struct tc_field *f);

#endif
