/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run writes besides what it prints: each form in its turn. */
#include "live.h"

#define FORM(name) &live_form_##name,
static const struct live_form *const forms[] = { LIVE_FORMS(FORM) };
#undef FORM
#define N_FORMS (sizeof forms / sizeof *forms)

/* The name that the options give the file of a form, or NULL. */
static const char *name_of(const struct options *o, const struct live_form *f)
{
	return *(const char *const *)(const void *)((const char *)o + f->name);
}

unsigned forms_files(const struct options *o, const char *names[LIVE_FORMS_MOST])
{
	_Static_assert(N_FORMS <= LIVE_FORMS_MOST, "LIVE_FORMS_MOST");
	unsigned n = 0;

	for (size_t i = 0; i < N_FORMS; i++)
		if (name_of(o, forms[i]))
			names[n++] = name_of(o, forms[i]);
	return n;
}

int forms_open(struct live *l, struct tc_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < N_FORMS && rc >= 0; i++) {
		struct tc_sink sink = { forms[i]->tell, NULL, forms[i]->kinds };

		if (name_of(l->o, forms[i]))
			rc = forms[i]->open(l, &l->form[i], err);
		sink.ctx = l->form[i];
		tc_sinks_add(&l->sinks, &sink, 1);
	}
	return rc;
}

int forms_close(struct live *l)
{
	struct tc_error err = { 0 };
	int rc = 0;

	for (size_t i = 0; i < N_FORMS; i++)
		if (l->form[i] && forms[i]->close(l, l->form[i], &err) < 0) {
			fail(l->o, EXIT_MACHINE, &err);
			rc = -1;
		}
	return rc;
}

void forms_drop(struct live *l)
{
	l->sinks.n = 0;		/* the session goes later, and has nobody to tell */
	for (size_t i = 0; i < N_FORMS; i++) {
		if (l->form[i])
			forms[i]->drop(l, l->form[i]);
		l->form[i] = NULL;
	}
}
