/* SPDX-License-Identifier: BSD-2-Clause */
/* What a shell is offered for the word that is being typed. */
#include "words.h"

#include "wire/digest.h"

#include <stdio.h>
#include <string.h>

void words_add(struct words *w, const char *word, const char *what)
{
	if (strncmp(word, w->typed, w->len) != 0)
		return;
	printf("%.*s%s%s%s\n", (int)w->before_len, w->before, word, what ? "\t" : "",
	       what ? what : "");
}

static void add_field(struct words *w, const struct tc_field *f, char sign)
{
	char name[128];

	snprintf(name, sizeof name, "%s%c", f->name, sign);
	words_add(w, name, f->doc);
}

void words_add_digests(struct words *w, char sign)
{
	const struct tc_digest *d;

	for (unsigned i = 0; (d = tc_digest_at(i)) != NULL; i++)
		add_field(w, &d->field, sign);
}

void words_add_fields(struct words *w, char sign)
{
	for (int h = 0; h < TC_HDR_COUNT; h++) {
		const struct tc_header *hdr = tc_header_get((enum tc_header_id)h);

		for (unsigned i = 0; i < hdr->n_rows; i++)
			add_field(w, &hdr->rows[i], sign);
	}
}
