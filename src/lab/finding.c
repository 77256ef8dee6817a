/* SPDX-License-Identifier: BSD-2-Clause */
/* What an experiment found: a verdict, a sentence, facts. */
#include <tcpcraft/probe.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tc_finding_free(struct tc_finding *f)
{
	tc_buf_free(&f->sentence);
	tc_buf_free(&f->evidence);
	tc_buf_free(&f->story);
	*f = (struct tc_finding){ 0 };
}

__attribute__((format(printf, 5, 0)))
static void say(struct tc_finding *f, bool answered, const char *verdict, const char *begins,
		const char *fmt, va_list ap)
{
	char text[1024];

	f->answered = answered;
	snprintf(f->verdict, sizeof f->verdict, "%s", verdict);
	vsnprintf(text, sizeof text, fmt, ap);
	f->sentence.len = 0;
	tc_buf_text(&f->sentence, begins);
	tc_buf_text(&f->sentence, text);
}

void tc_finding_told(struct tc_finding *f, const char *verdict, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(f, true, verdict, "", fmt, ap);
	va_end(ap);
}

void tc_finding_unknown(struct tc_finding *f, const char *verdict, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(f, false, verdict, "", fmt, ap);
	va_end(ap);
}

void tc_finding_untold(struct tc_finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(f, false, "could-not-tell", "could not tell: ", fmt, ap);
	va_end(ap);
}

void tc_finding_value(struct tc_finding *f, double value)
{
	f->has_value = true;
	f->value = value;
}

const struct tc_fact *tc_finding_fact(const struct tc_finding *f, const char *name)
{
	for (unsigned i = 0; i < f->n_facts; i++)
		if (strcmp(f->facts[i].name, name) == 0)
			return &f->facts[i];
	return NULL;
}

static struct tc_fact *add(struct tc_finding *f, const char *name, enum tc_fact_kind kind)
{
	struct tc_fact *fact;

	if (f->n_facts == TC_FACTS_MAX)
		return NULL;
	fact = &f->facts[f->n_facts++];
	*fact = (struct tc_fact){ .kind = kind };
	snprintf(fact->name, sizeof fact->name, "%s", name);
	return fact;
}

void tc_finding_number(struct tc_finding *f, const char *name, double value)
{
	struct tc_fact *fact = add(f, name, TC_FACT_NUMBER);

	if (!fact)
		return;
	fact->number = value;
	snprintf(fact->text, sizeof fact->text, "%.10g", value);
}

/* Four digits: the rest is noise. People read 81760, and not 8.176e+04. */
void tc_finding_measure(struct tc_finding *f, const char *name, double value)
{
	struct tc_fact *fact = add(f, name, TC_FACT_MEASURE);

	if (!fact)
		return;
	snprintf(fact->text, sizeof fact->text, "%.4g", value);
	fact->number = strtod(fact->text, NULL);
	snprintf(fact->text, sizeof fact->text, "%.10g", fact->number);
}

/* All digits: a count has no noise, and the sentence beside it names the same. */
void tc_finding_count(struct tc_finding *f, const char *name, uint64_t n)
{
	struct tc_fact *fact = add(f, name, TC_FACT_MEASURE);

	if (!fact)
		return;
	fact->number = (double)n;
	snprintf(fact->text, sizeof fact->text, "%" PRIu64, n);
}

__attribute__((format(printf, 4, 0)))
static void add_text(struct tc_finding *f, const char *name, enum tc_fact_kind kind,
		     const char *fmt, va_list ap)
{
	struct tc_fact *fact = add(f, name, kind);

	if (fact)
		vsnprintf(fact->text, sizeof fact->text, fmt, ap);
}

void tc_finding_text(struct tc_finding *f, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_text(f, name, TC_FACT_TEXT, fmt, ap);
	va_end(ap);
}

void tc_finding_note(struct tc_finding *f, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_text(f, name, TC_FACT_NOTE, fmt, ap);
	va_end(ap);
}
