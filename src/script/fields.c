/* SPDX-License-Identifier: BSD-2-Clause */
/* What a packet of a script carries, and the fields of it that are named in braces. */
#include "own.h"

#include <tcpcraft/buf.h>
#include "analysis/expect.h"
#include <tcpcraft/payload.h>

#include <ctype.h>
#include <errno.h>

/* ---- fields in braces ------------------------------------------------------------- */

/* The value ends at a comma or brace, unless it is in quotes. */
static const char *read_set_value(struct script_cursor *c)
{
	const uint8_t *bytes;
	const char *from;
	size_t n;

	if (tc_sc_is(c, "\"")) {
		if (tc_sc_string(c, &bytes, &n) < 0)
			return NULL;
		if (strlen((const char *)bytes) == n)
			return (const char *)bytes;
		tc_sc_fail_at(c, c->at, "a string cannot contain a NUL byte");
		return NULL;
	}
	from = c->at;
	while (*c->at && !strchr(",}\n\"", *c->at))
		c->at++;
	n = (size_t)(c->at - from);
	while (n && isspace((unsigned char)from[n - 1]))
		n--;
	if (n)
		return tc_sc_keep(c, from, n);
	tc_sc_want(c, "a value");
	return NULL;
}

static int check_sent(const struct tc_field_ref *ref, const char *value,
		      struct tc_error *err)
{
	struct tc_buf bytes = { 0 };
	tc_value v;
	int rc;

	if (strcmp(value, "bad") == 0 || strcmp(value, "auto") == 0)
		return ref->field->autofill != TC_FILL_NONE ? 0 :
		       tc_fail(err, -EINVAL, "%s is not computed: '%s' says nothing",
			       ref->field->name, value);
	if (ref->field->bits)
		return tc_field_parse(ref->field, value, &v, err);
	rc = tc_field_parse_bytes(ref->field, value, &bytes, err);
	tc_buf_free(&bytes);
	return rc;
}

static int check_expected(const char *field, const char *value, struct tc_error *err)
{
	struct tc_buf text = { 0 };
	struct tc_expect *e = NULL;
	const char *one;
	int rc;

	tc_buf_printf(&text, "%s=%s", field, value);
	one = (const char *)text.data;
	rc = text.failed ? tc_nomem(err) : tc_expect_open(&e, &one, 1, err);
	tc_expect_close(e);
	tc_buf_free(&text);
	return rc;
}

/* layer: whose field it has to be; NULL: anybody's. */
static int read_set(struct script_cursor *c, bool sent, const struct tc_header *layer,
		    struct tc_script_set *s)
{
	struct tc_field_ref ref;
	struct tc_error why = { 0 };
	const char *at, *name;

	at = tc_sc_skip(c);
	s->line = tc_sc_place(c, at).line;
	s->column = tc_sc_place(c, at).column;
	name = tc_sc_word(c, true, "FIELD=VALUE");
	if (!name || tc_sc_expect(c, "=", "'=' and a value") < 0)
		return c->err->code;
	if (tc_field_find(&ref, name, layer, &why) < 0)
		return tc_sc_fail_at(c, at, "%s", why.msg);
	if (layer && ref.hdr != layer)
		return tc_sc_fail_at(c, at, "%s is not a field of %s", ref.field->name,
				     layer->name);
	s->field = ref.field->name;
	at = tc_sc_skip(c);
	s->value = read_set_value(c);
	if (!s->value)
		return c->err->code;
	s->slot = tc_sc_slot(c, s->value);
	if (s->slot < 0 && (sent ? check_sent(&ref, s->value, &why) :
			    check_expected(s->field, s->value, &why)) < 0)
		return tc_sc_fail_at(c, at, "%s", why.msg);
	return 0;
}

/* Is it {FIELD=…, and not a block? */
static bool is_sets(struct script_cursor *c)
{
	const char *at;

	if (!tc_sc_is(c, "{"))
		return false;
	at = c->at + 1;
	while (isspace((unsigned char)*at))
		at++;
	if (!isalpha((unsigned char)*at))
		return false;
	while (isalnum((unsigned char)*at) || *at == '_' || *at == '.')
		at++;
	while (isspace((unsigned char)*at))
		at++;
	return *at == '=';
}

int tc_sc_sets(struct script_cursor *c, bool sent, const struct tc_header *layer,
	       const struct tc_script_set **out)
{
	struct tc_script_set *s, **tail = (struct tc_script_set **)(uintptr_t)out;
	int rc;

	if (!is_sets(c))
		return 0;
	tc_sc_accept(c, "{");
	do {
		s = tc_sc_alloc(c, sizeof *s);
		rc = s ? read_set(c, sent, layer, s) : c->err->code;
		*tail = s;
		if (s)
			tail = &s->next;
	} while (rc >= 0 && tc_sc_accept(c, ","));
	return rc < 0 ? rc : tc_sc_expect(c, "}", "',' or '}' behind a field's value");
}

/* ---- payload ---------------------------------------------------------------------- */

#define FRAME_SETS 16		/* fields of a frame that one line names */

int tc_sc_frame_build(const struct tc_script_payload *p, const int64_t *values,
		     struct tc_buf *out, struct tc_error *err)
{
	char *texts[FRAME_SETS] = { 0 };
	struct tc_buf text[FRAME_SETS] = { 0 };
	size_t n = 0;
	int rc = 0;

	for (const struct tc_script_set *s = p->sets; s && rc >= 0; s = s->next) {
		if (n == FRAME_SETS) {
			rc = tc_fail(err, -EINVAL, "more than %d fields of %s",
				     FRAME_SETS, p->frame->name);
			break;
		}
		if (s->slot < 0)
			tc_buf_printf(&text[n], "%s=%s", s->field, s->value);
		else
			tc_buf_printf(&text[n], "%s=%lld", s->field,
				      values ? (long long)values[s->slot] : 0LL);
		if (text[n].failed)
			rc = tc_nomem(err);
		texts[n] = (char *)text[n].data;
		n++;
	}
	if (rc >= 0)
		rc = tc_payload_build(out, p->frame, p->bytes, p->n,
				      texts, n, err);
	for (size_t i = 0; i < n; i++)
		tc_buf_free(&text[i]);
	return rc;
}

static int check_len(struct script_cursor *c, const char *at,
		     const struct tc_script_packet *p)
{
	struct tc_error why = { 0 };
	struct tc_buf frame = { 0 };
	size_t n = p->payload.n;
	int64_t len;
	int rc = 0;

	if (p->payload.kind == TC_SPAY_FRAME) {
		rc = tc_sc_frame_build(&p->payload, NULL, &frame, &why);
		n = frame.len;
		tc_buf_free(&frame);
	}
	if (rc < 0)
		return tc_sc_fail_at(c, at, "%s", why.msg);
	if (!tc_sc_constant(p->len, &len) || (size_t)len == n)
		return 0;
	return tc_sc_fail_at(c, at, "this payload has %zu bytes, the packet says %lld", n,
			     (long long)len);
}

/* The name of a header whose frames there are; one that is given stands in PROT's place, too, if
 * it is called so. */
static const struct tc_header *frame_word(struct script_cursor *c)
{
	const struct tc_header *prot = tc_header_get(TC_HDR_PROT);

	if (c->frame && tc_sc_accept(c, c->frame->name))
		return c->frame;
	return tc_sc_accept(c, prot->name) ? prot : NULL;
}

int tc_sc_payload(struct script_cursor *c, struct tc_script_packet *p)
{
	struct tc_script_payload *pay = &p->payload;
	const char *at = tc_sc_skip(c);
	int rc = 0;

	if (tc_sc_is(c, "\"")) {
		pay->kind = TC_SPAY_BYTES;
	} else if (tc_sc_accept(c, "hex:")) {
		pay->kind = TC_SPAY_BYTES;
		pay->hex = true;
	} else if ((pay->frame = frame_word(c))) {
		pay->kind = TC_SPAY_FRAME;
		rc = tc_sc_sets(c, true, pay->frame, &pay->sets);
		if (rc >= 0 && tc_sc_accept(c, "hex:"))
			pay->hex = true;
	} else {
		return 0;
	}
	if (rc < 0)
		return rc;
	rc = pay->hex ? tc_sc_hex(c, &pay->bytes, &pay->n) :
	     tc_sc_string(c, &pay->bytes, &pay->n);
	return rc < 0 ? rc : check_len(c, at, p);
}
